add_layer(kubesim_cluster
  cluster.cpp
  kubeconfig.cpp
  seed.cpp)
target_link_libraries(kubesim_cluster PUBLIC
  kubesim_http kubesim_kinds kubesim_auth kubesim_controllers kubesim_kubelet kubesim_csi OpenSSL::Crypto)

add_executable(kubesim main.cpp)
target_link_libraries(kubesim PRIVATE kubesim_cluster CLI11::CLI11)
target_compile_definitions(kubesim PRIVATE KUBESIM_IMAGES_DIR="${CMAKE_CURRENT_SOURCE_DIR}/images")
