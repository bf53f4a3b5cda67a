#include "actors/freeze_session/shell_words.hpp"

#include <algorithm>
#include <utility>

namespace freeze_session {
namespace {

class splitter {
public:
  explicit splitter(std::string_view text) : text_{text} {}

  std::vector<simple_command> split() && {
    while (at_ < text_.size())
      take_one();
    end_command();
    return std::move(commands_);
  }

private:
  char peek(std::size_t ahead = 1) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void end_word() {
    if (in_word_)
      current_.words.push_back(std::exchange(word_, {}));
    in_word_ = false;
  }

  void end_command() {
    end_word();
    if (!current_.words.empty())
      commands_.push_back(std::move(current_));
    current_ = {};
  }

  void add(char letter) {
    word_ += letter;
    in_word_ = true;
  }

  void take_one();
  void take_single_quoted();
  void take_double_quoted();
  void take_ampersand();
  void take_redirection();

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  std::string word_;
  simple_command current_;
  std::vector<simple_command> commands_;
};

void splitter::take_one() {
  auto letter = text_[at_];
  switch (letter) {
  case '\'':
    return take_single_quoted();
  case '"':
    return take_double_quoted();
  case '&':
    return take_ampersand();
  case '<':
  case '>':
    return take_redirection();
  case '\\':
    if (peek() != '\n' && at_ + 1 < text_.size())
      add(peek());
    at_ += 2;
    return;
  case ' ':
  case '\t':
  case '\r':
    end_word();
    break;
  case '\n':
  case ';':
  case '|':
  case '(':
  case ')':
  case '`':
    end_command();
    break;
  case '#':
    if (!in_word_) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return;
    }
    add(letter);
    break;
  default:
    add(letter);
  }
  ++at_;
}

void splitter::take_single_quoted() {
  auto end = std::min(text_.find('\'', at_ + 1), text_.size());
  word_ += text_.substr(at_ + 1, end - at_ - 1);
  in_word_ = true;
  at_ = end + 1;
}

void splitter::take_double_quoted() {
  in_word_ = true;
  for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
    if (text_[at_] == '\\' && (peek() == '"' || peek() == '\\' || peek() == '$' || peek() == '`'))
      ++at_;
    word_ += text_[at_];
  }
  ++at_;
}

/// `&&` ends a command, `&>` and `>&` are redirections, a lone `&` sends it to the background.
void splitter::take_ampersand() {
  if (peek() == '>') {
    ++at_;
    return take_redirection();
  }
  auto twice = peek() == '&';
  end_word();
  current_.in_background = !twice;
  end_command();
  at_ += twice ? 2 : 1;
}

void splitter::take_redirection() {
  auto from_file = text_[at_] == '<' && peek() != '<' && peek() != '&';
  current_.reads_file = current_.reads_file || from_file;
  end_word();
  while (at_ < text_.size()
         && (text_[at_] == '<' || text_[at_] == '>' || text_[at_] == '&' || text_[at_] == '-'))
    ++at_;
}

} // namespace

std::vector<simple_command> simple_commands_of(std::string_view text) {
  return splitter{text}.split();
}

} // namespace freeze_session
