#include "sweeps/seeded_mistakes.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "sweeps/example_lines.hpp"

namespace overtake {

namespace {

const std::set<std::string>& words_of_keys() {
    static const std::set<std::string> keys{"corpus", "tokenizer", "precision", "device", "kind", "activation", "keep", "baseline"};
    return keys;
}

/// The file with `spot` replaced; the mistake stands `offset` bytes behind the spot's beginning.
Mistake replaced(Lines lines, const Spot& spot, const std::string& by, const std::string& suggestion, std::size_t offset = 0) {
    lines[spot.line].replace(spot.begin, spot.size, by);
    return {"", joined(lines), static_cast<std::int64_t>(spot.line) + 1, static_cast<std::int64_t>(spot.begin + offset) + 1, suggestion};
}

Mistake inserted(Lines lines, std::size_t before, const std::string& line, std::size_t column, const std::string& suggestion) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(before), line);
    return {"", joined(lines), static_cast<std::int64_t>(before) + 1, static_cast<std::int64_t>(column), suggestion};
}

std::string did_you_mean(const std::string& word) { return "did you mean \"" + word + "\"?"; }

bool is_plain_section(const std::string& name) { return name != "grid" && name.find('.') == std::string::npos; }

bool is_number(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos; }

std::string inside(const std::string& quotes) { return quotes.substr(1, quotes.size() - 2); }

using Maker = Mistake (*)(const Lines&, Random&);

/// A misspelling of one of the spots, which have quotes or not.
Mistake misspell_one(const Lines& lines, const std::vector<Spot>& spots, Random& random) {
    const auto long_enough = where(spots, [&](const Spot& spot) { return spot.size >= (lines[spot.line][spot.begin] == '"' ? 6u : 4u); });
    if (long_enough.empty()) {
        return {};
    }
    const Spot& spot = random.of(long_enough);
    const std::string text = piece(lines, spot);
    const bool quotes = text[0] == '"';
    const std::string word = quotes ? inside(text) : text, typed = misspelt(word, random);
    return replaced(lines, spot, quotes ? "\"" + typed + "\"" : typed, did_you_mean(word));
}

template <typename Predicate>
Mistake replace_value(const Lines& lines, Random& random, Predicate wanted, const std::vector<std::string>& by, const std::string& suggestion) {
    const auto spots = where(values(lines), wanted);
    return spots.empty() ? Mistake{} : replaced(lines, random.of(spots), random.of(by), suggestion);
}

Mistake change_table(const Lines& lines, Random& random, const std::string& from, const std::string& by, const std::string& at, const std::string& suggestion) {
    const auto tables = inline_tables(lines, from);
    if (tables.empty()) {
        return {};
    }
    const Spot& table = random.of(tables);
    std::string text = piece(lines, table);
    text.replace(text.find(from), from.size(), by);
    return replaced(lines, table, text, suggestion, at.empty() ? 0 : text.find(at) + at.size());
}

Mistake in_section(const Lines& lines, const std::string& section, const std::string& line, const std::string& suggestion) {
    const std::size_t header = header_of(lines, section);
    return header == lines.size() ? Mistake{} : inserted(lines, header + 1, line, line.find(" = ") + 4, suggestion);
}

const std::vector<std::pair<const char*, Maker>>& makers() {
    static const std::vector<std::pair<const char*, Maker>> all{
        {"mistyped key", [](const Lines& lines, Random& random) {
             return misspell_one(lines, where(keys(lines), [](const Spot& key) { return key.section != "grid" && key.section != "grid.exclude"; }), random);
         }},
        {"mistyped section", [](const Lines& lines, Random& random) {
             std::vector<Spot> headers;
             for (std::size_t i = 0; i < lines.size(); ++i) {
                 if (lines[i].starts_with('[') && is_plain_section(section_at(lines, i)) && section_at(lines, i) != "sweep") {
                     headers.push_back({i, 1, lines[i].find(']') - 1, "", ""});
                 }
             }
             Mistake mistake = misspell_one(lines, headers, random);
             mistake.column = 2;
             return mistake;
         }},
        {"key in another section", [](const Lines& lines, Random& random) {
             const std::set<std::string> shared{"tokens", "shards", "seed", "size", "pair", "expect", "estimand", "length", "delta_nats"};
             const auto own = where(keys(lines), [&](const Spot& key) { return is_plain_section(key.section) && key.key != "name" && !shared.contains(key.key); });
             const Spot& key = random.of(own);
             const std::string other = random.of(own).section, line = lines[key.line];
             if (other == key.section) {
                 return Mistake{};
             }
             Lines without = lines;
             without.erase(without.begin() + static_cast<std::ptrdiff_t>(key.line));
             return inserted(without, header_of(without, other) + 1, line, 1, "it belongs in [" + key.section + "]");
         }},
        {"mistyped axis", [](const Lines& lines, Random& random) { return misspell_one(lines, where(keys(lines), [](const Spot& key) { return key.section == "grid"; }), random); }},
        {"mistyped scheme", [](const Lines& lines, Random& random) {
             return misspell_one(lines, where(quoted(lines), [](const Spot& word) { return word.section == "grid" && (word.key == "position" || word.key == "scheme"); }), random);
         }},
        {"mistyped extension", [](const Lines& lines, Random& random) { return misspell_one(lines, where(quoted(lines), [](const Spot& word) { return word.key == "extension"; }), random); }},
        {"mistyped word", [](const Lines& lines, Random& random) {
             return misspell_one(lines, where(quoted(lines), [](const Spot& word) { return words_of_keys().contains(word.key) || word.key == "expect"; }), random);
         }},
        {"mistyped size", [](const Lines& lines, Random& random) {
             const auto shapes = where(quoted(lines), [&](const Spot& word) { return word.key == "size" && piece(lines, word).find('x') != std::string::npos; });
             return shapes.empty() ? Mistake{} : replaced(lines, random.of(shapes), random.of<std::string>({"\"2*64\"", "\"2x\"", "\"x64\"", "\"2x64x3\"", "\"2 x 64\"", "\"2by64\""}), "layers x width \"2x64\"");
         }},
        {"mistyped name of a size", [](const Lines& lines, Random& random) {
             const auto sizes = where(quoted(lines), [](const Spot& word) { return word.key == "size" && word.section == "grid"; });
             const std::string name = random.of<std::string>({"micro", "milli", "gpt2-medium", "gpt2-large"});
             return replaced(lines, random.of(sizes), "\"" + misspelt(name, random) + "\"", did_you_mean(name));
         }},
        {"word for a number", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [&](const Spot& value) { return is_plain_section(value.section) && is_number(piece(lines, value)); }, {"\"fast\"", "\"auto\"", "true", "[1]"}, "takes ");
         }},
        {"number for a word", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [](const Spot& value) { return words_of_keys().contains(value.key) || value.key == "name"; }, {"3", "true", "0.5", "[\"a\"]"}, "it takes ");
         }},
        {"text for true or false", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [&](const Spot& value) { return piece(lines, value) == "true"; }, {"\"yes\"", "1", "\"true\""}, "it takes true or false");
         }},
        {"out of range", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [&](const Spot& value) { return is_plain_section(value.section) && value.section != "tune" && is_number(piece(lines, value)); }, {"-3", "1e30", "-1000000"}, "allowed: ");
         }},
        {"wrong unit", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [](const Spot& value) { return value.key == "batch_tokens" || value.key == "reference_parameters" || value.key == "checkpoint_every" || value.key == "time_limit"; },
                                  {"\"20x\"", "\"100 steps\"", "\"5 GB\"", "\"12%\""}, "it takes ");
         }},
        {"wrong unit of a budget", [](const Lines& lines, Random& random) {
             const auto budgets = where(quoted(lines), [](const Spot& word) { return word.section == "grid" && word.key == "tokens"; });
             return replaced(lines, random.of(budgets), random.of<std::string>({"\"20y\"", "\"2h\"", "\"x20\"", "\"20%\"", "\"twenty\"", "-20"}), "try \"20x\" or \"10M\"");
         }},
        {"warm-up as a share", [](const Lines& lines, Random& random) {
             return replace_value(lines, random, [](const Spot& value) { return value.key == "warmup"; }, {"\"5%\"", "0.05", "\"2h\"", "true", "\"5 percent\""}, "\"1x\"");
         }},
        {"value given twice", [](const Lines& lines, Random& random) {
             const auto listed = where(lists(lines, 1), [](const Spot& list) { return list.section == "grid" && list.key != "position"; });
             if (listed.empty()) {
                 return Mistake{};
             }
             const Spot& list = random.of(listed);
             const std::string text = piece(lines, list), first = text.substr(1, text.find_first_of(",]") - 1);
             return replaced(lines, list, text.substr(0, text.size() - 1) + ", " + first + "]", "remove one", text.size() + 1);
         }},
        {"key given twice", [](const Lines& lines, Random& random) {
             const Spot& value = random.of(values(lines));
             return inserted(lines, value.line + 1, lines[value.line], 1, "keep one");
         }},
        {"section given twice", [](const Lines& lines, Random& random) {
             const auto plain = where(keys(lines), [](const Spot& key) { return key.section.find('.') == std::string::npos; });
             return inserted(lines, lines.size(), "[" + random.of(plain).section + "]", 1, "under one header");
         }},
        {"axis left out", [](const Lines& lines, Random& random) {
             const auto axes = where(values(lines), [](const Spot& value) { return value.section == "grid" && (value.key == "size" || value.key == "tokens"); });
             const Spot& axis = random.of(axes);
             Lines without = lines;
             without.erase(without.begin() + static_cast<std::ptrdiff_t>(axis.line));
             return Mistake{"", joined(without), static_cast<std::int64_t>(header_of(without, "grid")) + 1, 2, "add " + axis.key + " = "};
         }},
        {"name left out", [](const Lines& lines, Random& random) {
             Lines without = lines;
             const std::size_t name = header_of(lines, "sweep") + 1;
             without[name] = random.of<std::string>({"", "# name", "max_trials = 1000"});
             return Mistake{"", joined(without), static_cast<std::int64_t>(name), 2, "write name = "};
         }},
        {"quotes forgotten", [](const Lines& lines, Random& random) {
             const auto words = where(values(lines), [&](const Spot& value) { return piece(lines, value)[0] == '"' && std::isalpha(static_cast<unsigned char>(piece(lines, value)[1])) != 0; });
             const Spot& word = random.of(words);
             return replaced(lines, word, inside(piece(lines, word)), "write " + piece(lines, word) + ", in quotes");
         }},
        {"quotes of a quantity forgotten", [](const Lines& lines, Random& random) {
             const auto quantities = where(values(lines), [&](const Spot& value) {
                 const std::string text = piece(lines, value);
                 return text[0] == '"' && std::isdigit(static_cast<unsigned char>(text[1])) != 0 && text.find('.') == std::string::npos;
             });
             if (quantities.empty()) {
                 return Mistake{};
             }
             const Spot& word = random.of(quantities);
             const std::string text = inside(piece(lines, word));
             return replaced(lines, word, text, "write \"" + text + "\", in quotes", text.find_first_not_of("0123456789"));
         }},
        {"quote left open", [](const Lines& lines, Random& random) {
             const auto words = where(values(lines), [&](const Spot& value) { return piece(lines, value)[0] == '"' && value.begin + value.size == lines[value.line].size(); });
             const Spot& word = random.of(words);
             const std::string text = piece(lines, word);
             return replaced(lines, word, text.substr(0, text.size() - 1), "close the quotes", text.size() - 1);
         }},
        {"comma forgotten", [](const Lines& lines, Random& random) {
             const auto listed = lists(lines, 2);
             const Spot& list = random.of(listed);
             std::string text = piece(lines, list);
             const std::size_t comma = text.find(',');
             return replaced(lines, list, text.erase(comma, 1), "write a comma before it", comma + 1);
         }},
        {"colon for equals sign", [](const Lines& lines, Random& random) {
             const Spot& key = random.of(keys(lines));
             return replaced(lines, {key.line, key.size, 2, "", ""}, ":", "write '=' instead of ':'");
         }},
        {"decimal comma", [](const Lines& lines, Random& random) {
             const auto numbers = where(values(lines), [&](const Spot& value) { return is_number(piece(lines, value)) && piece(lines, value).find('.') != std::string::npos; });
             if (numbers.empty()) {
                 return Mistake{};
             }
             const Spot& number = random.of(numbers);
             std::string text = piece(lines, number);
             const std::size_t point = text.find('.');
             return replaced(lines, number, text.replace(point, 1, ","), "write a decimal point", point);
         }},
        {"words of another language", [](const Lines& lines, Random& random) {
             const std::vector<std::pair<std::string, std::string>> words{{"True", "write true"}, {"False", "write false"}, {"None", "leave the key out"}, {"yes", "write true"}, {"null", "leave the key out"}};
             const auto& [word, suggestion] = random.of(words);
             return replaced(lines, random.of(values(lines)), word, suggestion);
         }},
        {"empty list", [](const Lines& lines, Random& random) {
             const auto listed = where(lists(lines, 1), [](const Spot& list) { return list.section == "grid"; });
             return listed.empty() ? Mistake{} : replaced(lines, random.of(listed), "[]", "add one");
         }},
        {"what corpora don't go with", [](const Lines& lines, Random& random) {
             const std::vector<std::pair<std::string, std::string>> keys_of_data{
                 {"shards = [\"a.bin\"]", "set corpus = \"files\""}, {"recall_distances = [64]", "set both, or neither"}, {"recall_share = 0.9", "allowed: 0 to 0.5"}, {"documents = \"paked\"", did_you_mean("packed")}};
             const auto& [line, suggestion] = random.of(keys_of_data);
             const bool there = joined(lines).find(line.substr(0, line.find('_'))) != std::string::npos || joined(lines).find(line.substr(0, line.find(" = "))) != std::string::npos;
             return there ? Mistake{} : in_section(lines, "data", line, suggestion);
         }},
        {"what contradicts", [](const Lines& lines, Random& random) {
             const std::string first = random.of<std::string>({"heads = 4", "heads = 2", "heads = 1"});
             Lines longer = lines;
             if (header_of(lines, "model") < lines.size()) {
                 return Mistake{};
             }
             longer.insert(longer.end(), {"[model]", first, "head_width = 16"});
             return Mistake{"", joined(longer), static_cast<std::int64_t>(longer.size()), 14, "leave one out"};
         }},
        {"unknown measurement", [](const Lines& lines, Random& random) {
             const std::string task = random.of<std::string>({"passkey", "needle", "recall", "retrieval", "structure"});
             return in_section(lines, "evaluation", "tasks = [\"" + misspelt(task, random) + "\"]", did_you_mean(task));
         }},
        {"exclusion of nothing", [](const Lines& lines, Random& random) {
             Lines longer = lines;
             const auto& [line, column] = random.of(std::vector<std::pair<std::string, std::int64_t>>{{"size = \"9x99\"", 8}, {"tokens = \"99x\"", 10}, {"seed = 99", 8}, {"position = \"cope\"", 12}});
             longer.insert(longer.end(), {"[[grid.exclude]]", line});
             return Mistake{"", joined(longer), static_cast<std::int64_t>(longer.size()), column, "correct or remove it"};
         }},
        {"windows that don't fill a batch", [](const Lines& lines, Random& random) {
             const auto excluded = where(keys(lines), [](const Spot& key) { return key.section == "grid.exclude" && key.key == "train_length"; });
             return replace_value(lines, random, [&](const Spot& value) { return excluded.empty() && value.section == "grid" && value.key == "train_length"; }, {"100", "7", "1000", "999"}, "choose batch_tokens as a multiple");
         }},
        {"factor forgotten", [](const Lines& lines, Random& random) { return change_table(lines, random, ", factor = 4", "", "", "add factor = 4"); }},
        {"extension of the wrong scheme", [](const Lines& lines, Random& random) {
             Mistake mistake = change_table(lines, random, "scheme = \"rope\", extension = \"", "scheme = \"alibi\", extension = \"", "extension = ", "set scheme = \"rope\"");
             return mistake.text.find("\"alibi\", extension = \"continue\"") == std::string::npos ? mistake : Mistake{};
         }},
        {"extension as a scheme", [](const Lines& lines, Random& random) {
             const auto schemes = where(quoted(lines), [](const Spot& word) { return word.section == "grid" && word.key == "position"; });
             const std::string extension = random.of<std::string>({"yarn", "pi", "ntk", "longrope"});
             return replaced(lines, random.of(schemes), "\"" + extension + "\"", "write {scheme = \"rope\", extension = \"" + extension + "\", factor = 4}");
         }},
        {"mistyped option", [](const Lines& lines, Random& random) {
             const auto& [option, value] = random.of(std::vector<std::pair<std::string, std::string>>{{"base", "500"}, {"base", "1e6"}});
             return change_table(lines, random, "scheme = \"rope\"", "scheme = \"rope\", " + misspelt(option, random) + " = " + value, "scheme = \"rope\", ", did_you_mean(option));
         }},
        {"option out of range", [](const Lines& lines, Random& random) {
             return change_table(lines, random, "factor = 4", "factor = " + random.of<std::string>({"0", "-4", "1e9", "0.5"}), "factor = ", "allowed: ");
         }},
        {"option of the wrong type", [](const Lines& lines, Random& random) {
             return change_table(lines, random, "factor = 4", "factor = " + random.of<std::string>({"\"4x\"", "true", "[4]", "\"four\""}), "factor = ", "it takes ");
         }},
    };
    return all;
}

}  // namespace

std::size_t mistake_kinds() { return makers().size(); }

Mistake make_mistake(std::size_t kind, std::string_view file, std::uint64_t seed) {
    const Lines lines = lines_of(file);
    Random random(seed);
    Mistake mistake = makers()[kind].second(lines, random);
    if (mistake.text.empty()) {
        return {};
    }
    mistake.kind = makers()[kind].first;
    return mistake;
}

}  // namespace overtake
