#ifndef FIRN_CKERNELS_H
#define FIRN_CKERNELS_H
#endif
