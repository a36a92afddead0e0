import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import { installNamespace, type World } from "./harness.ts"

export const start = (cluster: World, lbClass = "") => {
  const agent = cluster.agent()
  const running = startController(agent.edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass,
    leadership: alwaysLeading(),
  })
  return { ...agent, running }
}

export const serviceWrites = (cluster: World) =>
  cluster.api.writes().filter(request => request.path.includes("/services/") && request.path.endsWith("/status"))

/** Moves time on until the controller has read everything and done what there is to do. */
export const rest = (cluster: World) => cluster.clock.advance(3_000)
