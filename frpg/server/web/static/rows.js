// Lists of the server: one page of rows, in the order that is asked for.
import { usePoll } from "./kit/poll.js";
import { v2 } from "./v2.js";

/**
 * @param query filters of the API; undefined ones are left out
 * @returns what usePoll returns, with rows (null while loading), total, and onSort
 */
export function useRows(path, query, state, { every = 3000 } = {}) {
  const ask = { ...query, page: state.page, pageSize: state.size, sort: state.sort || undefined };
  const list = usePoll((signal) => v2(path, { query: ask, signal }), [path, JSON.stringify(ask)], { every, keep: true });
  return {
    ...list,
    total: list.data?.total,
    rows: list.data && list.data.items,
    onSort: (sort) => state.set({ sort }),
  };
}
