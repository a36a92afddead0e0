/** A route of the router's kernel as it is from `at` on: its next hops in order, none where it is gone. */
export type RouteChange = { readonly at: number; readonly prefix: string; readonly hops: readonly string[] }

/** A line of `ip -o -4 monitor route` or `ip -o -4 route show`; undefined where it is about no single address or prefix. */
export const readRouteChange = (line: string, at: number): RouteChange | undefined => {
  const gone = line.startsWith("Deleted ")
  const [prefix = ""] = line.replace("Deleted ", "").split(" ")
  if (!/^\d+(\.\d+){3}(\/\d+)?$/.test(prefix)) return undefined
  const hops = [...line.matchAll(/\bvia (\S+)/g)].flatMap(([, hop]) => hop ?? [])
  return { at, prefix, hops: gone ? [] : hops.sort() }
}
