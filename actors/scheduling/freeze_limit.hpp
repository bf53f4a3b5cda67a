#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace actors {

/// How many applications are frozen at the same time, so that API server, kubelets and driver still
/// cut and thaw promptly: overload lengthens the queue and never the freeze. Pure.
///
/// In the manner of TCP Vegas and BBR. Each sample is the part of one freeze that others could have
/// lengthened, without what the hooks took by themselves. A window of samples whose upper decile is
/// near that of a quiet system raises the limit, if it was used at all: twofold until the system
/// was busy for the first time, then by a few. A window beyond what is tolerated lowers it in
/// proportion. When no
/// window has been as quick as the quiet system for long, the limit is a quarter for one window:
/// what that shows is the quiet system of now.
class freeze_limit {
public:
  struct settings {
    /// So few that what the first windows show is the quiet system; each doubles it.
    std::size_t first = 2, least = 2, most = 1024;
    double tolerance = 1.25;       ///< of the quiet system's overhead
    std::size_t least_samples = 8; ///< of a window
    int windows_until_probe = 50;
    std::chrono::milliseconds noise{20}; ///< a difference that is none
  };

  freeze_limit() = default;
  explicit freeze_limit(const settings& how) : how_{how}, limit_{static_cast<double>(how.first)} {}

  std::size_t limit() const;

  /// `in_flight`: how many were frozen or freezing when this one began, itself included.
  void note(std::chrono::nanoseconds overhead, std::size_t in_flight);

private:
  void close_window();

  settings how_;
  double limit_ = static_cast<double>(settings{}.first);
  bool is_starting_ = true; ///< never busy yet
  bool was_used_ = false;   ///< the window reached the limit
  bool is_probing_ = false; ///< how quick the quiet system is
  int windows_ = 0;         ///< since one was as quick as that
  double quiet_ = 0;        ///< seconds; 0: not known yet
  std::vector<double> window_;
};

} // namespace actors
