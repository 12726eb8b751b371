#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/// A row of `@stats_list`. The texts come from other programs and are views into the list.
struct region_row {
    region_id id;
    sector_range range;
    /// Length of an area.
    sectors step;
    std::string_view program_id;
    /// aux_data without the options that the kernel appends; "-" if there is none.
    std::string_view aux;
    bool precise_timestamps = false;
    /// Bounds as the kernel prints them, "N1,N2,..."; empty without a histogram.
    std::string_view histogram;
};

/**
 * @brief The parsed answer to `@stats_list`. Rows ascend by id.
 * @details
 * The kernel escapes nothing, so a program id or aux_data with blanks or line ends is ambiguous. A line is a row if it
 * begins with a region's head and its id is greater than the one before. Any other line continues the aux_data of the
 * row before it. Options are taken from the end of the row. If all rows belong to one known program, its name is
 * matched as a whole; otherwise it ends at the first blank.
 */
class FILEMAP_API region_list {
public:
    region_list() = default;

    /// @param program Program id of the request; empty for all programs.
    /// @par Errors `errc::answer_malformed` if the first line is no row; the context quotes it.
    [[nodiscard]] static result<region_list> parse(std::string answer, std::string_view program);

    /// Parses rows on access; only the position of each row is stored.
    class row_view {
    public:
        class iterator {
        public:
            using value_type = region_row;
            using difference_type = std::ptrdiff_t;

            iterator() = default;
            iterator(const region_list& list, std::size_t index) noexcept : list_(&list), index_(index) {}
            [[nodiscard]] region_row operator*() const { return list_->row(index_); }
            iterator& operator++() noexcept { return ++index_, *this; }
            iterator operator++(int) noexcept { return {*list_, index_++}; }
            friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

        private:
            const region_list* list_ = nullptr;
            std::size_t index_ = 0;
        };

        explicit row_view(const region_list& list) noexcept : list_(&list) {}
        [[nodiscard]] iterator begin() const noexcept { return {*list_, 0}; }
        [[nodiscard]] iterator end() const noexcept { return {*list_, size()}; }
        [[nodiscard]] std::size_t size() const noexcept { return list_->begins_.size(); }
        [[nodiscard]] bool empty() const noexcept { return size() == 0; }
        /// @pre Less than `size`.
        [[nodiscard]] region_row operator[](std::size_t i) const { return list_->row(i); }
        /// @pre Not empty.
        [[nodiscard]] region_row back() const { return list_->row(size() - 1); }

    private:
        const region_list* list_;
    };

    [[nodiscard]] row_view rows() const noexcept { return row_view(*this); }

    /// Returns the index of the first row whose id is not less, or the number of rows.
    [[nodiscard]] std::size_t first_from(region_id id) const;
    [[nodiscard]] std::optional<region_row> find(region_id id) const;

    /// Returns the length of the answer in bytes.
    [[nodiscard]] std::size_t text_size() const noexcept { return text_ ? text_->size() : 0; }

private:
    [[nodiscard]] region_row row(std::size_t index) const;

    std::unique_ptr<const std::string> text_;
    std::string program_;
    // An answer is shorter than 4 GiB (`errc::answer_too_long`).
    std::vector<std::uint32_t> begins_;
};

}  // namespace filemap::dm
