#include <idna.h>
#include <stringprep.h>

/* The profiles are arrays without a size, which Swift cannot refer to. Unassigned code points pass. */
static inline int rd_nodeprep(char *text, size_t room) {
  return stringprep(text, room, (Stringprep_profile_flags)0, stringprep_xmpp_nodeprep);
}

static inline int rd_nameprep(char *text, size_t room) {
  return stringprep(text, room, (Stringprep_profile_flags)0, stringprep_nameprep);
}
