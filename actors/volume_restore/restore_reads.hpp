#pragma once

#include "actors/volume_restore/restore_facts.hpp"
#include "k8s/client.hpp"
#include "messages/restore.hpp"

#include <chrono>
#include <functional>
#include <memory>

/// Reads what a restore judges and changes. Callbacks on the loop's thread; knows no actors.
namespace actors {

/// Calls `done` once, within three times `deadline`, with what could be read and the errors of what
/// could not.
void gather_restore_facts(const std::shared_ptr<k8s::client>& api, messages::restore_ptr restore,
                          std::chrono::milliseconds deadline,
                          std::function<void(restore_facts)> done);

/// Calls `then` once, within `deadline`. Fails as a whole: half a look is none.
void read_restore_world(const std::shared_ptr<k8s::client>& api,
                        const messages::look_at_world& command, std::chrono::milliseconds deadline,
                        k8s::callback<restore_world> then);

} // namespace actors
