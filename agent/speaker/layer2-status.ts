import type { Edges } from "../edges.ts"
import { paths } from "../ports/kube/resources.ts"
import {
  createServiceStatus,
  type ServiceStatusOptions,
  type ServiceStatusWriter,
  type StatusKind,
} from "./service-status.ts"

const layer2: StatusKind = {
  kind: "ServiceL2Status",
  path: paths.serviceL2Statuses,
  prefix: "l2-",
  exclusive: true,
  read: status => status.children("interfaces").map(entry => entry.text("name")),
  write: names => ({ interfaces: names.map(name => ({ name })) }),
  caller: "speaker/layer2-status",
}

/** Who announces a service by ARP or neighbour discovery, and on which interfaces it was asked to. */
export const createLayer2Status = (edges: Edges, options: ServiceStatusOptions): ServiceStatusWriter =>
  createServiceStatus(edges, layer2, options)
