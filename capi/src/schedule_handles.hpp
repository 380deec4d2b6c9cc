#pragma once

#include <vector>

#include "holdfast/schedule.hpp"
#include "holdfast/schedule_conflict.hpp"

struct holdfast_schedule {
  holdfast::Schedule schedule;
};

struct holdfast_schedule_plan {
  std::vector<holdfast::PlannedJob> jobs;
};
