// Tables as people write them, and a thousand broken ones: read or refused in words, never worse.
#include "analysis/delimited_text.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/observations.hpp"
#include "analysis/statistics.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Records = std::vector<std::vector<std::string>>;

Records records_of(std::string_view text) {
    Records out;
    DelimitedText records(text);
    for (std::vector<std::string> fields; records.next(fields);) {
        out.push_back(fields);
    }
    return out;
}

TEST(DelimitedText, reads_dialects) {
    const Records expected{{"a", "b"}, {"1", "2"}};
    EXPECT_EQ(records_of("a,b\n1,2"), expected);
    EXPECT_EQ(records_of("\xEF\xBB\xBF"
                         "a,b\r\n\r\n1,2\r\n"),
              expected);
    EXPECT_EQ(records_of("a;b\n1;2\n"), expected);
    EXPECT_EQ(records_of("a\tb\n1\t2\n\n\n"), expected);
    EXPECT_EQ(records_of("a,b\r1,2\r"), expected);
    EXPECT_EQ(records_of(" a , b\n ,\n1,\t2 \n"), expected);
    EXPECT_EQ(records_of(""), Records{});
}

TEST(DelimitedText, reads_quotes) {
    EXPECT_EQ(records_of("\"a,b\",\"say \"\"x\"\"\",\" c \"\n"), (Records{{"a,b", "say \"x\"", " c "}}));
    EXPECT_EQ(records_of("\"two\nlines\",b\n1,2\n"), (Records{{"two\nlines", "b"}, {"1", "2"}}));
    DelimitedText records("a,b\n\"1\n2\",3\n4,\"5\n");
    std::vector<std::string> fields;
    ASSERT_TRUE(records.next(fields) && records.next(fields) && records.next(fields));
    EXPECT_EQ(records.line(), 4);
    EXPECT_TRUE(records.unclosed());
}

const char* columns = "scheme=arch,parameters=params,tokens=tokens,loss=val,seed=seed";

std::string problems_of(const std::string& text) {
    try {
        observations_of_table(text, "t.csv", parse_columns(columns));
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(Table, takes_semicolons_tabs_quotes_and_words_for_nothing) {
    for (const char separator : {';', '\t', ','}) {
        std::string text = "\xEF\xBB\xBF"
                           "arch,params,tokens,val,seed\r\n\"ro,pe\",+1e6,2e7,3.5,-1\r\n\r\nx,1e6,2e7,NaN,0\r\nx,1e6,2e7,,0\r\nx,1e6,2e7,Inf,0\r\nx,1e6,2e7,N/A,0\r\n";
        for (char& c : text) {
            c = c == ',' ? separator : c;
        }
        const ObservationSet set = observations_of_table(text, "t.csv", parse_columns(columns));
        ASSERT_EQ(set.observations.size(), 1U) << separator;
        EXPECT_EQ(set.observations[0].seed, -1);
        EXPECT_EQ(set.observations[0].parameters, 1e6);
        EXPECT_EQ(set.left_out, std::vector<std::string>{"4 rows without a finite loss (diverged)"});
        ASSERT_EQ(set.left_out_points.size(), 4U);
        EXPECT_EQ(set.left_out_points[0].line, 4);
    }
}

TEST(Table, leaves_out_unfinished_runs) {
    const auto set = observations_of_table("params,tokens,val,steps,last\n1e6,2e7,3.5,100,100\n1e6,2e7,3.6,100,99\n", "t.csv",
                                           parse_columns("parameters=params,tokens=tokens,loss=val,steps=steps,last_step=last"));
    EXPECT_EQ(set.observations.size(), 1U);
    EXPECT_EQ(set.left_out, std::vector<std::string>{"1 row unfinished (last step below steps)"});
    const auto unnamed = observations_of_table("parameters,tokens,loss,steps,last_step,ctx\n1e6,2e7,3.5,100,99,2048\n", "t.csv",
                                               columns_by_name("parameters,tokens,loss,steps,last_step,ctx"));
    EXPECT_EQ(unnamed.remarks.size(), 2U);
}

TEST(Table, names_what_is_wrong) {
    EXPECT_EQ(problems_of("arch,params,tokens,val,seed,val\n"), "t.csv:1: the column 'val' is there twice (4 and 6, counted from 1); rename one of them");
    EXPECT_EQ(problems_of("arch,param,tokens,val,seed\n").substr(0, 90), "t.csv:1: no column 'params' (the header has arch, param, tokens, val, seed); did you mean ");
    EXPECT_EQ(problems_of("arch;params;tokens;val;seed\na;1e6;2e7;3,5;0\n"),
              "t.csv:2: loss is '3,5' (must be a number with a point); mend the line or leave it out with --where");
    EXPECT_EQ(problems_of("arch,params,tokens,val,seed\na,1e6,2e7,3.5,1.5\na,1e6,2e7,3.5,1e300\n"),
              "t.csv:2: seed is '1.5' (must be a whole number); mend the line or leave it out with --where\n"
              "t.csv:3: seed is '1e300' (must be a whole number); mend the line or leave it out with --where");
    EXPECT_EQ(problems_of("arch,params,tokens,val,seed\na,inf,-2,-3.5,0\n"),
              "t.csv:2: parameters is not positive (the law is fitted to logarithms)\nt.csv:2: tokens is not positive (the law is fitted to logarithms)\n"
              "t.csv:2: loss is not positive (the law is fitted to logarithms)");
    EXPECT_EQ(problems_of("arch,params,tokens,val,seed\na,1e6,\"2e7,3,1\n"), "t.csv:2: a quote that is never closed (the rest of the file is inside it); close it");
    std::string many = "arch,params,tokens,val,seed\n";
    for (int i = 0; i < 5000; ++i) {
        many += "a,b\n";
    }
    const std::string said = problems_of(many);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 20);
    EXPECT_NE(said.find("5000 bad lines in all (the first 20 problems are shown)"), std::string::npos);
}

TEST(Table, of_thousands_of_columns_and_many_rows_is_read) {
    std::string header = "arch,params,tokens,val,seed", row = "a,1e6,2e7,3.5,0";
    for (int i = 0; i < 5000; ++i) {
        header += ",c" + std::to_string(i);
        row += ",0.25";
    }
    std::string text = header + "\n";
    for (int i = 0; i < 200; ++i) {
        text += row + "\n";
    }
    EXPECT_EQ(observations_of_table(text, "t.csv", parse_columns(columns)).observations.size(), 200U);
    EXPECT_LT(problems_of("x" + text).size(), 1000U);  // not all 5,000 names
}

/// Mutations of a sound table: bytes changed, dropped, doubled, and pieces cut out. Each is read or refused with a place; none crashes or hangs,
/// and what is read is finite and positive.
TEST(Table, survives_mutations) {
    std::string sound = "arch,params,tokens,val,seed\n";
    for (int i = 0; i < 12; ++i) {
        sound += (i % 2 == 0 ? "rope," : "\"a \"\"b\"\", c\",") + std::to_string(1000000 + i) + ",2e7,3." + std::to_string(i) + "," + std::to_string(i) + (i % 3 == 0 ? "\r\n" : "\n");
    }
    const std::string bytes = std::string("\0\",;\t\r\n-+.eEnNaAfF09\xEF\xBB\xBF\xFF", 24);
    int read = 0, refused = 0;
    for (std::uint64_t k = 0; k < 5000; ++k) {
        RandomStream random(11, k);
        std::string text = sound;
        for (std::size_t n = 1 + random.below(2); n > 0 && !text.empty(); --n) {
            const std::size_t at = random.below(text.size());
            switch (random.below(4)) {
                case 0: text[at] = bytes[random.below(bytes.size())]; break;
                case 1: text.erase(at, 1 + random.below(8)); break;
                case 2: text.insert(at, 1, bytes[random.below(bytes.size())]); break;
                default: text.insert(at, text.substr(random.below(text.size()), random.below(40)));
            }
        }
        try {
            const ObservationSet set = observations_of_table(text, "t.csv", parse_columns(columns));
            for (const Observation& o : set.observations) {
                EXPECT_TRUE(o.parameters > 0 && o.tokens > 0 && o.loss > 0 && std::isfinite(o.parameters) && std::isfinite(o.tokens) && std::isfinite(o.loss)) << text;
            }
            ++read;
        } catch (const ConfigError& error) {
            ++refused;
            EXPECT_TRUE(error.problems()[0].where.starts_with("t.csv")) << text;
            EXPECT_LE(error.problems().size(), 21U);
        }
    }
    EXPECT_GT(read, 500);
    EXPECT_GT(refused, 500);
}

/// Of --columns, too.
TEST(Columns, survive_mutations) {
    for (std::uint64_t k = 0; k < 2000; ++k) {
        RandomStream random(12, k);
        std::string text = columns;
        for (int n = 0; n < 3; ++n) {
            text[random.below(text.size())] = "=,\"\n;:a"[random.below(7)];
        }
        try {
            EXPECT_GE(parse_columns(text).roles.size(), 3U);
        } catch (const ConfigError&) {
        }
    }
}

}  // namespace
}  // namespace overtake
