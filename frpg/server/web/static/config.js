// The server's configuration as its API tells it: asked for once a page, since it changes with a reload only.
import { usePoll } from "./kit/poll.js";
import { v2 } from "./v2.js";

/** {version, config, status} of /system/info as `data`. */
export const useInfo = () => usePoll((signal) => v2("/system/info", { signal }), [], { every: 0 });
