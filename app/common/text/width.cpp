#include "common/text/width.hpp"

#include <boost/locale/utf.hpp>

#include <cwchar>

#include <locale.h>

namespace app {
namespace {

// Sets a Unicode locale for the thread. wcwidth depends on the locale, which a program need not set for its tables.
class unicode_scope {
public:
    unicode_scope() : previous_(::uselocale(unicode())) {}
    unicode_scope(const unicode_scope&) = delete;
    unicode_scope& operator=(const unicode_scope&) = delete;
    ~unicode_scope() { ::uselocale(previous_); }

private:
    // A null locale keeps the thread's locale.
    static locale_t unicode() {
        static const locale_t shared = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return shared;
    }

    locale_t previous_;
};

// Removes the first character of a text and returns its width.
std::size_t take_character(std::string_view& text) {
    auto at = text.begin();
    const auto character = boost::locale::utf::utf_traits<char>::decode(at, text.end());
    text.remove_prefix(static_cast<std::size_t>(at - text.begin()));
    const int width = ::wcwidth(static_cast<wchar_t>(character));
    // An unknown character is shown as a replacement of one column.
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::size_t width_of(std::string_view text) {
    const unicode_scope scope;
    std::size_t width = 0;
    while (!text.empty()) width += take_character(text);
    return width;
}

std::string_view suffix_within(std::string_view text, std::size_t width) {
    std::size_t left = width_of(text);
    const unicode_scope scope;
    while (left > width) left -= take_character(text);
    for (std::string_view rest = text; !rest.empty() && take_character(rest) == 0;) text = rest;
    return text;
}

}  // namespace app
