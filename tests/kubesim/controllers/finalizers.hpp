#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <string_view>

namespace kubesim::control {

bool has_finalizer(const json& object, std::string_view finalizer);

/// Takes a finalizer off; an object that is gone already is as good.
outcome drop_finalizer(world& everything, const resource_type& type, const json& object,
                       std::string_view finalizer);

outcome add_finalizer(world& everything, const resource_type& type, const json& object,
                      std::string_view finalizer);

} // namespace kubesim::control
