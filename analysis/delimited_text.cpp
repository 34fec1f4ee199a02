// Delimited text, one record after the other.
#include "analysis/delimited_text.hpp"

#include <algorithm>

namespace overtake {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void trim(std::string& field) {
    const std::size_t last = field.find_last_not_of(" \t");
    field.resize(last == std::string::npos ? 0 : last + 1);
    field.erase(0, std::min(field.find_first_not_of(" \t"), field.size()));
}

char separator_of(std::string_view text) {
    std::size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (const char c : text) {
        if (!quoted && (c == '\n' || c == '\r') && commas + semicolons + tabs > 0) {
            break;
        }
        quoted = quoted != (c == '"');
        commas += !quoted && c == ',' ? 1 : 0;
        semicolons += !quoted && c == ';' ? 1 : 0;
        tabs += !quoted && c == '\t' ? 1 : 0;
    }
    return tabs > std::max(commas, semicolons) ? '\t' : semicolons > commas ? ';' : ',';
}

}  // namespace

DelimitedText::DelimitedText(std::string_view text) : text_(text) {
    if (text_.starts_with(byte_order_mark)) {
        text_.remove_prefix(byte_order_mark.size());
    }
    separator_ = separator_of(text_);
}

void DelimitedText::read_record(std::vector<std::string>& fields) {
    fields.assign(1, {});
    record_line_ = line_;
    bool quoted = false, was_quoted = false;
    const auto close_field = [&] {
        if (!was_quoted) {
            trim(fields.back());
        }
        was_quoted = false;
    };
    while (at_ < text_.size()) {
        const char c = text_[at_++];
        const bool ends_line = c == '\n' || (c == '\r' && (at_ == text_.size() || text_[at_] != '\n'));
        line_ += ends_line ? 1 : 0;
        if (quoted) {
            if (c != '"') {
                fields.back() += c;
            } else if (at_ < text_.size() && text_[at_] == '"') {
                fields.back() += c;
                ++at_;
            } else {
                quoted = false;
            }
        } else if (c == '"' && fields.back().find_first_not_of(" \t") == std::string::npos) {
            fields.back().clear();
            quoted = was_quoted = true;
        } else if (c == separator_) {
            close_field();
            fields.emplace_back();
        } else if (ends_line) {
            break;
        } else if (c != '\r' && !(was_quoted && (c == ' ' || c == '\t'))) {
            fields.back() += c;
        }
    }
    close_field();
    unclosed_ = quoted;
}

bool DelimitedText::next(std::vector<std::string>& fields) {
    while (at_ < text_.size()) {
        read_record(fields);
        const bool blank = std::all_of(fields.begin(), fields.end(), [](const std::string& field) { return field.empty(); });
        if (!blank || unclosed_) {
            return true;
        }
    }
    return false;
}

}  // namespace overtake
