#include "actors/freeze_session/tail_buffer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace freeze_session {
namespace {

std::string tail_of(std::string_view bytes, std::size_t limit = 8) {
  tail_buffer whole{limit}, single{limit};
  whole.append(bytes);
  for (auto byte : bytes)
    single.append({&byte, 1});
  EXPECT_EQ(whole.text(), single.text()) << "depends on the chunks";
  return whole.text();
}

TEST(tail_buffer, keeps_the_end) {
  EXPECT_EQ(tail_of(""), "");
  EXPECT_EQ(tail_of("12345678"), "12345678");
  EXPECT_EQ(tail_of("0123456789"), "23456789");
}

TEST(tail_buffer, character_halved_by_the_cut_disappears) {
  EXPECT_EQ(tail_of("\xe2\x82\xac"
                    "1234567"),
            "1234567");
  EXPECT_EQ(tail_of("\xe2\x82\xac"
                    "123456"),
            "123456");
  EXPECT_EQ(tail_of("\xe2\x82\xac"
                    "12345"),
            "\xe2\x82\xac"
            "12345");
}

TEST(tail_buffer, invalid_bytes_become_question_marks) {
  EXPECT_EQ(tail_of("a\xff"
                    "b"),
            "a?b");
  EXPECT_EQ(tail_of("\x80"
                    "a"),
            "?a");
  EXPECT_EQ(tail_of("\xc0\xaf"), "??");           // overlong
  EXPECT_EQ(tail_of("\xed\xa0\x80"), "???");      // surrogate
  EXPECT_EQ(tail_of("\xf4\x90\x80\x80"), "????"); // beyond U+10FFFF
  EXPECT_EQ(tail_of("a\xe2\x82"), "a??");         // unfinished
  EXPECT_EQ(tail_of("\xc3\xa4"), "\xc3\xa4");
  EXPECT_EQ(tail_of("\xf0\x9f\x92\xbe"), "\xf0\x9f\x92\xbe");
}

TEST(tail_buffer, control_characters_become_question_marks_but_newline_and_tab_stay) {
  EXPECT_EQ(tail_of(std::string_view{"a\0b\x1b\n\t\r", 7}), "a?b?\n\t?");
}

TEST(tail_buffer, any_bytes_can_be_carried_by_json) {
  std::string all;
  for (int i = 0; i < 4096; ++i)
    all += static_cast<char>(i * 7 + i / 256);
  tail_buffer tail;
  tail.append(all);
  EXPECT_LE(tail.text().size(), 1024u);
  EXPECT_NO_THROW((void)nlohmann::json(tail.text()).dump());
}

} // namespace
} // namespace freeze_session
