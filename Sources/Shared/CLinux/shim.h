#include <linux/filter.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>

// Declared by glibc only under _GNU_SOURCE, which would change types that other C modules share.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int sched_getaffinity(__pid_t process, size_t size, cpu_set_t *set);
int pthread_setname_np(pthread_t thread, const char *name);
int memfd_create(const char *name, unsigned int flags);
