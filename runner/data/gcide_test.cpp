#include "runner/data/gcide.hpp"

#include <string>

#include <gtest/gtest.h>

#include "runner/data/test_folder.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

// Made with Python's zlib as dictzip does it: one chunk, its size in an "RA" extra field, a full flush after it.
constexpr std::string_view dictzip_hex =
    "1f8b08040000000002030c00524108000100cbe301002000f2492cca5688f10192313a0a797a5c0a0a0a8e0a499945297a5c00000000ffff03"
    "0022e592eb1b000000";

TEST(ReadDictionary, reads_dictzip_and_plain_text) {
    const TestFolder folder;
    EXPECT_EQ(read_dictionary(folder.write("small.dict.dz", from_hex(dictzip_hex))), "Lark \\Lark\\, n.\n   A bird.\n");
    EXPECT_EQ(read_dictionary(folder.write("small.dict", "Lark \\Lark\\, n.\n")), "Lark \\Lark\\, n.\n");
}

TEST(ReadDictionary, says_which_package_has_it) {
    const TestFolder folder;
    const auto refusal = [](const std::string& file) { return message_of<IoError>([&] { read_dictionary(file); }); };
    EXPECT_NE(refusal(folder / "absent.dz").find("install Debian's package dict-gcide"), std::string::npos);
    EXPECT_NE(refusal(folder.write("empty.dz", "")).find("it is empty"), std::string::npos);
    std::string damaged = from_hex(dictzip_hex);
    damaged[35] = static_cast<char>(damaged[35] ^ 1);
    EXPECT_NE(refusal(folder.write("damaged.dz", damaged)).find("install Debian's package dict-gcide again"),
              std::string::npos);
    EXPECT_NE(refusal(folder.write("cut.dz", from_hex(dictzip_hex).substr(0, 40))).find("again"), std::string::npos);
}

TEST(CleanGcide, leaves_prose) {
    EXPECT_EQ(
        clean_gcide(R"(00-database-short
   The Collaborative International Dictionary

The original data was distributed with a notice.

Larkspur \Lark"spur`\ (l[aum]rk"sp[^u]r), n. (Bot.)
   A genus of ranunculaceous plants ({Delphinium}), having showy
   flowers, and a spurred calyx. [Obs.]
   [1913 Webster]
   1. A second paragraph.
      [WordNet 1.5 +PJC]

   Syn: delphinium.

Larva \Lar"va\ (l[aum]r"v[.a]), n.; pl. L. {Larv[ae]}, E. {Larvas}.
   [L. larva ghost, F. larve; 4[root]2, 3[deg].] Any young
   insect (see {Plant}).
)"),
        R"(Larkspur, n. (Bot.) A genus of ranunculaceous plants (Delphinium), having showy flowers, and a spurred calyx. [Obs.]
1. A second paragraph.
Syn: delphinium.

Larva, n.; pl. L. Larvae, E. Larvas. [L. larva ghost, F. larve; 42, 3 degrees.] Any young insect (see Plant).
)");
}

TEST(CleanGcide, keeps_brackets_that_are_prose) {
    EXPECT_EQ(clean_gcide("Ab \\Ab\\, n. [F.] [R.] [U. S.] [See {Abb}.] [a-b] r[=o]le na[\"i]ve fa[,c]ade c[oe]ur "
                          "(open [never\n   closed\n"),
              "Ab, n. [F.] [R.] [U. S.] [See Abb.] ab role naive facade coeur (open [never closed\n");
}

TEST(CleanGcide, is_not_upset_by_anything) {
    EXPECT_EQ(clean_gcide(""), "");
    EXPECT_EQ(clean_gcide("no headword at all"), "");
    EXPECT_EQ(clean_gcide("A \\A\\ \\odd ["), "A odd [\n");
    EXPECT_EQ(clean_gcide("A \\A\\ caf\xC3\xA9"), "A caf\n");
}

}  // namespace
}  // namespace overtake
