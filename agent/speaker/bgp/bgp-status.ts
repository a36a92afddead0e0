import type { Edges } from "../../edges.ts"
import { paths } from "../../ports/kube/resources.ts"
import {
  createServiceStatus,
  type ServiceStatusOptions,
  type ServiceStatusWriter,
  type StatusKind,
} from "../service-status.ts"

const bgp: StatusKind = {
  kind: "ServiceBGPStatus",
  path: paths.serviceBgpStatuses,
  prefix: "bgp-",
  exclusive: false,
  read: status => status.texts("peers"),
  write: peers => ({ peers }),
  caller: "speaker/bgp-status",
}

/** Which peers a service is meant for, whether their sessions are up or not, as MetalLB has it. */
export const createBgpStatus = (edges: Edges, options: ServiceStatusOptions): ServiceStatusWriter =>
  createServiceStatus(edges, bgp, options)
