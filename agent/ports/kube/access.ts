/** Secrets of a connection, as PEM and plain text; read again by whoever provides them when files change. */
export type Credentials = {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly token: string | undefined
}

/** Where the API server is and how to be let in. */
export type Access = {
  readonly server: URL
  readonly insecureSkipTlsVerify: boolean
  /** The name that the server's certificate is checked against, where it is not the host of the URL. */
  readonly tlsServerName: string | undefined
  /** Never older than a minute. */
  readonly credentials: () => Promise<Credentials>
  /** The server answered 401: forget what was read. */
  readonly refused: () => void
  /** Where this came from, for people: "in-cluster", "kubeconfig /path (context kind)". */
  readonly origin: string
}

/** Keeps what `read` gives for one minute: a bound token is rotated by the kubelet long before it ends. */
export const refreshed = (
  read: () => Promise<Credentials>,
  monotonic: () => number,
): Pick<Access, "credentials" | "refused"> => {
  let held: { readonly until: number; readonly value: Promise<Credentials> } | undefined
  const credentials = (): Promise<Credentials> => {
    if (held !== undefined && monotonic() < held.until) return held.value
    const value = read()
    held = { until: monotonic() + 60_000, value }
    // A failed read is not kept: the next request tries again.
    value.catch(() => {
      held = undefined
    })
    return value
  }
  return {
    credentials,
    refused: () => {
      held = undefined
    },
  }
}
