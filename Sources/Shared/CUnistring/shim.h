#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
