#pragma once

#include <string>
#include <string_view>

namespace kubesim::kinds {

std::string encode_base64(std::string_view bytes);

} // namespace kubesim::kinds
