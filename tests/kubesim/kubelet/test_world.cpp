#include "tests/kubesim/kubelet/test_world.hpp"

#include "tests/kubesim/api/registry_factory.hpp"
#include "tests/kubesim/kubelet/pod_store.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <random>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace kubesim {

test_world::test_world(bool run_processes) {
  auto pattern = (std::filesystem::temp_directory_path() / "kubesim-test-XXXXXX").string();
  directory = ::mkdtemp(pattern.data());
  registry_options options;
  options.post = [this](std::function<void()> task) { boost::asio::post(loop, std::move(task)); };
  options.random = [source = std::make_shared<std::mt19937_64>(1)] { return (*source)(); };
  objects = make_registry(builtin_kinds(), std::move(options));
  make({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "default"}}}});
  node_options wanted;
  wanted.state_dir = directory;
  wanted.images_dir = KUBESIM_IMAGES_DIR;
  wanted.run_processes = run_processes;
  kubelet = std::make_unique<node>(*objects, loop, wanted);
}

test_world::~test_world() {
  kubelet.reset();
  objects.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

const resource_type& test_world::type_of(const std::string& kind) const {
  for (const auto* type : objects->types())
    if (type->kind == kind)
      return *type;
  throw std::out_of_range{kind};
}

json test_world::make(const json& object) {
  const auto& type = type_of(object.at("kind"));
  auto made = objects->create(type, type.is_namespaced ? "default" : "", object);
  if (!made)
    throw std::runtime_error(made.refusal().status.dump());
  return *made;
}

json test_world::get(const std::string& kind, const std::string& name) const {
  const auto& type = type_of(kind);
  const auto found = objects->find(type, {type.is_namespaced ? "default" : "", name});
  return found ? *found : json();
}

void test_world::patch(const std::string& kind, const std::string& name, const json& patch,
                       const std::string& subresource) {
  const auto& type = type_of(kind);
  const auto written
      = objects->merge(type, {type.is_namespaced ? "default" : "", name}, patch, subresource);
  ASSERT_TRUE(written) << written.refusal().status.dump();
}

void test_world::remove(const std::string& kind, const std::string& name) {
  const auto& type = type_of(kind);
  const auto removed = objects->remove(type, {type.is_namespaced ? "default" : "", name});
  ASSERT_TRUE(removed) << removed.refusal().status.dump();
}

void test_world::run_until_is(const std::string& kind, const std::string& name,
                              std::initializer_list<std::string_view> path,
                              const std::string& text) {
  run_until([&] { return text_at_path(get(kind, name), path) == text; });
}

test_world::outcome test_world::run_in(const std::string& pod, const std::string& script) {
  auto* worker = kubelet->pods().find({"default", pod});
  if (!worker)
    return {"no such pod", -1};
  const descriptor output{::memfd_create("output", MFD_CLOEXEC)};
  const descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  outcome end;
  bool has_ended = false;
  worker->find(text_at_path(worker->pod().at("spec").at("containers").at(0), {"name"}))
      ->exec({"sh", "-c", script}, false, {nothing.get(), output.get(), output.get()},
             [&](const launch_report& report) {
               has_ended = report.kind != report_kind::started;
               end.exit_code = report.kind == report_kind::exited ? report.exit_code : -1;
             });
  run_until([&] { return has_ended; });
  end.output.resize(65536);
  const auto count = ::pread(output.get(), end.output.data(), end.output.size(), 0);
  end.output.resize(static_cast<std::size_t>(count));
  return end;
}

json test_pod(const std::string& name, const std::string& script) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"nodeName", "node1"},
            {"terminationGracePeriodSeconds", 1},
            {"automountServiceAccountToken", false},
            {"containers",
             json::array(
                 {{{"name", "main"}, {"image", "busybox"}, {"command", {"sh", "-c", script}}}})}}}};
}

json test_pod_with_claim(const std::string& name, const std::string& script,
                         const std::string& claim) {
  auto pod = test_pod(name, script);
  pod["spec"]["volumes"]
      = json::array({{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", claim}}}}});
  pod["spec"]["containers"][0]["volumeMounts"]
      = json::array({{{"name", "data"}, {"mountPath", "/data"}}});
  return pod;
}

json test_claim(const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"accessModes", {"ReadWriteOnce"}},
            {"storageClassName", "csi-hostpath"},
            {"resources", {{"requests", {{"storage", "16Mi"}}}}}}}};
}

} // namespace kubesim
