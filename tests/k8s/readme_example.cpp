#include "k8s/config/connection_config.hpp"
#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/watcher.hpp"

#include <iostream>

void print_list(k8s::result<k8s::list_of<k8s::pod>> pods) {
  std::cout << (pods ? std::to_string(pods->items.size()) + " pods" : to_string(pods.error()))
            << std::endl;
}
void print_changed(const nlohmann::json& object) {
  if (const auto pod = k8s::pod::decode(object))
    std::cout << to_string(pod->metadata.key()) << " is " << pod->phase << std::endl;
}
void print_removed(const k8s::object_key& key, const std::string&) {
  std::cout << to_string(key) << " is gone" << std::endl;
}

int main() {
  const auto config = k8s::kube_config({});
  if (!config)
    return std::cerr << to_string(config.error()) << std::endl, 1;
  const auto shared_config = std::make_shared<k8s::connection_config>(*config);
  k8s::event_loop loop;
  k8s::client api{loop, make_curl_transport(loop, shared_config)};
  api.list<k8s::pod>("default", {}, std::chrono::seconds{10}, print_list);
  const k8s::watcher watch{api,
                           k8s::pod::kind,
                           {.name_space = "default"},
                           {.on_changed = print_changed, .on_removed = print_removed}};
  std::cin.get(); // until Enter
}
