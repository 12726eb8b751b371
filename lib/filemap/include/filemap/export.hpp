#pragma once

/// Symbols that the shared library exports. Everything else is hidden.
#define FILEMAP_API __attribute__((visibility("default")))
/// Hides a member of an exported class. Not for users.
#define FILEMAP_LOCAL __attribute__((visibility("hidden")))
