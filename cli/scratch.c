/* scratch.c - see scratch.h. */
#include "cli/scratch.h"

#include "core/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int scratch_folder(struct cli *cli, char *ret_path, size_t size)
{
    const char *given = getenv("TMPDIR");
    const char *base = given && *given ? given : "/tmp";
    int len = snprintf(ret_path, size, "%s/manyi-rehearsal-XXXXXX", base);
    if (len > 0 && (size_t)len < size && mkdtemp(ret_path))
        return 0;
    ret_path[0] = '\0';
    return cli_fail(cli, -E_IO, "no folder for what is tried out can be made in %.200s: %s", base, strerror(errno));
}
