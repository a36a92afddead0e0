import type { Options } from "./flags.ts"
import { pause, realClock } from "./ports/clock.ts"
import {
  type Answer,
  type HttpServer,
  health,
  heldHealth,
  metricsText,
  type Protection,
  plain,
  type Routes,
  serve,
} from "./ports/http.ts"
import { followKeyPair, readKeyPair } from "./ports/key-pair-files.ts"
import type { KubeClient } from "./ports/kube/client.ts"
import { createReviewer, type Verdict } from "./ports/kube/reviews.ts"
import { type Log, textOf } from "./ports/log.ts"
import type { Metrics } from "./ports/metrics.ts"
import { selfSigned } from "./ports/self-signed.ts"

/** A rolling update on the host's network may find the port held for a moment by the pod that goes. */
const portPatience = 5_000

const answers: Readonly<Record<Exclude<Verdict, "allowed">, Answer>> = {
  unauthenticated: plain(401, "a bearer token of this cluster is needed\n"),
  forbidden: plain(
    403,
    "needs the right to get the non-resource URL /metrics: ClusterRole metallb-system:metrics-reader\n",
  ),
  unknown: plain(503, "the API server did not say whether this reader is allowed\n"),
  busy: plain(429, "too many readers are being checked\n"),
}

export type Listening = { readonly stop: () => void }

export type ListenEdges = { readonly metrics: Metrics; readonly client: KubeClient; readonly log: Log }

/**
 * Starts the endpoints that the flags ask for: probes in plain HTTP, metrics in HTTPS for readers that the cluster knows. `missing`: what
 * the agent still waits for before it is ready.
 */
export const listen = async (
  options: Options,
  missing: () => readonly string[],
  { metrics, client, log }: ListenEdges,
  podName: string,
): Promise<Listening> => {
  const probes: Routes = { "/healthz": () => health([]), "/readyz": () => heldHealth(realClock, missing) }
  const exposition: Routes = { "/metrics": () => metricsText(metrics.text()) }
  const stops: (() => void)[] = []
  const open = async (
    flag: string,
    port: number,
    routes: Routes,
    host: string | undefined,
    protection?: Protection,
  ) => {
    if (port === 0) return undefined
    const server = await patiently(flag, port, log, () => serve(routes, port, host, protection))
    stops.push(server.stop)
    return server
  }
  // A speaker shares its host's network, so its probes stay on the host.
  const probeHost = options.mode === "speaker" ? "127.0.0.1" : undefined
  await open("--health-probe-port", options.healthProbePort, probes, probeHost)
  if (options.metricsPlain) await open("--port", options.port, exposition, "127.0.0.1")
  else if (options.port !== 0) {
    const folder = options.metricsCertDir
    const pair = folder === "" ? selfSigned(podName.slice(0, 64), ["localhost"], realClock.wall()) : readKeyPair(folder)
    const reviewer = createReviewer({ client, clock: realClock, log: log.from("metrics") })
    const admit = async (token: string) => {
      const verdict = token === "" ? "unauthenticated" : await reviewer(token)
      return verdict === "allowed" ? undefined : answers[verdict]
    }
    const server = await open("--port", options.port, exposition, undefined, { tls: { ...options.tls, pair }, admit })
    if (folder !== "" && server !== undefined)
      stops.push(followKeyPair(folder, pair, { clock: realClock, log }, server.usePair).stop)
  }
  return {
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

const patiently = async (
  flag: string,
  port: number,
  log: Log,
  attempt: () => Promise<HttpServer>,
): Promise<HttpServer> => {
  const began = realClock.monotonic()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      log.error("port not available", { flag, port, error: textOf(error) })
      if (realClock.monotonic() - began >= portPatience)
        throw new Error(`${flag}=${port} is not available: ${textOf(error)}; choose another port, or 0 for none`)
      await pause(realClock, 1_000)
    }
  }
}
