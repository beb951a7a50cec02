// One line chooses the instruction sets a function is compiled for; the loader picks at run time.
#ifndef FIRN_CLONES_H
#define FIRN_CLONES_H
#if defined(__x86_64__)
#define FIRN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FIRN_CLONES
#endif
/// Lets one loop's sum be split over vector lanes.
#define REASSOCIATE _Pragma("clang fp reassociate(on)")
#endif
