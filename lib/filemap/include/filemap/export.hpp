#pragma once

/// What the shared library exports. Everything else of it is hidden.
#define FILEMAP_API __attribute__((visibility("default")))
/// Part of an exported class, and not for users.
#define FILEMAP_LOCAL __attribute__((visibility("hidden")))
