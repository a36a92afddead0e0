import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag, timeoutFlag, waitFlag } from "../cli/flags.ts"
import { durationOf, namespaceOf, saidOnInterrupt, withCluster } from "../cli/session.ts"
import { exposableKind, readExposable, readPortOrder, serviceFor } from "../cluster/exposable.ts"
import type { JsonObject } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { create, get, shortName } from "../cluster/objects.ts"
import type { Connection } from "../world.ts"
import { awaitExposed, type Exposed } from "./expose-wait.ts"

export const expose: Command = {
  name: "expose",
  summary: "Make a LoadBalancer service and wait until it answers",
  description:
    "Makes the service that kubectl expose --type=LoadBalancer would make, then waits until it has an address, until a node announces it and until it answers; --reach=auto tries only addresses on a network of this machine.",
  arguments: ["TYPE/NAME", "[NAME]"],
  flags: [
    {
      name: "port",
      kind: "texts",
      value: "PORT[:TARGET][/udp]",
      summary: "Port of the service, by default those of the containers",
    },
    { name: "name", kind: "text", value: "NAME", summary: "Name of the service, by default that of the workload" },
    { name: "pool", kind: "text", value: "NAME", summary: "Take the address from this pool" },
    { name: "ip", kind: "texts", value: "ADDRESS", summary: "Ask for this address, twice for both families" },
    { name: "share", kind: "text", value: "KEY", summary: "Share the address with services that have the same key" },
    {
      name: "local",
      kind: "switch",
      summary: "Keep the client's address (externalTrafficPolicy Local)",
    },
    {
      name: "reach",
      kind: "text",
      value: "WHEN",
      choices: ["auto", "always", "never"],
      default: "auto",
      summary: "Try the address from here: auto, always or never",
    },
    dryRunFlag,
    waitFlag,
    timeoutFlag("1m"),
  ],
  examples: [
    { does: "Expose a deployment on port 80", line: "kubectl metallb expose deployment/web --port 80:8080" },
    {
      does: "With an address of one pool, in another namespace",
      line: "kubectl metallb expose deploy/web --port 80 --pool public -n shop",
    },
    {
      does: "See the service without making it",
      line: "kubectl metallb expose deploy/web --port 80 --dry-run -o yaml",
    },
  ],
  exits: ["ok", "no", "usage", "unknown", "gaveUp"],
  changes: true,
  run: call => withCluster(call, connection => runExpose(call, connection)),
}

const runExpose = async (call: Call, connection: Connection): Promise<ExitCode> => {
  const { output, flags, world } = call
  const service = await serviceOf(call, connection)
  const dryRun = flags.text("dry-run") ?? "none"
  const began = world.clock.now()
  const made =
    dryRun === "client"
      ? service
      : await create(connection.api, kinds.service, service, { dryRun: dryRun === "server" })
  const name = shortName(service)
  if (dryRun !== "none") {
    if (output.format === "json" || output.format === "yaml") await output.document(made)
    else
      output.print(output.format === "name" ? name : `${name} created (${dryRun === "server" ? "server " : ""}dry run)`)
    return exitCodes.ok
  }
  output.tell(`${name} created`)
  const wait = { service: made, began, deadline: began + durationOf(flags, "timeout") }
  const exposed: Exposed | undefined = flags.on("wait")
    ? await saidOnInterrupt(call, `${name} stays; kubectl metallb why-ip shows how far it is`, () =>
        awaitExposed(call, connection, wait),
      )
    : undefined
  await show(call, name, exposed?.service ?? made, exposed)
  return exitCodes.ok
}

const show = async ({ output }: Call, name: string, service: JsonObject, exposed: Exposed | undefined) => {
  if (output.format === "name") output.print(name)
  else if (output.format === "json" || output.format === "yaml")
    await output.document({
      ...service,
      ...(exposed === undefined ? {} : { announcement: exposed.announcement, reached: exposed.reached }),
    })
  else if (exposed?.url !== undefined) {
    output.tell("")
    output.print(exposed.url)
  }
}

/** The service that the command line asks for, not yet made. */
const serviceOf = async (call: Call, connection: Connection): Promise<JsonObject> => {
  const { flags } = call
  const { kind, name } = targetOf(call)
  const namespace = namespaceOf(call, connection)
  const object = await get(connection.api, kind, namespace, name)
  if (object === undefined)
    throw new Failure(exitCodes.no, {
      message: `Error from server (NotFound): ${kind.plural} "${name}" not found`,
      from: "server",
      where: `namespace ${namespace}`,
      fix: `kubectl get ${kind.plural} -A`,
    })
  const exposable = readExposable(object, kind)
  const ports = flags.given("port") ? flags.texts("port").map(readPortOrder) : exposable.ports
  if (ports.length === 0)
    throw new Failure(exitCodes.usage, {
      message: `no container of ${kind.kind.toLowerCase()}/${name} names a port`,
      fix: "--port PORT[:TARGET]",
      usageOf: "kubectl metallb expose",
    })
  const pool = flags.text("pool")
  const share = flags.text("share")
  return serviceFor(exposable, {
    namespace,
    name: flags.text("name") ?? name,
    ports,
    local: flags.on("local"),
    annotations: {
      ...(pool === undefined ? {} : { "metallb.io/address-pool": pool }),
      ...(flags.given("ip") ? { "metallb.io/loadBalancerIPs": flags.texts("ip").join(",") } : {}),
      ...(share === undefined ? {} : { "metallb.io/allow-shared-ip": share }),
    },
  })
}

/** "deployment/web", or "deployment web" as kubectl also takes it. */
const targetOf = ({ arguments: [first = "", second] }: Call) => {
  const [type = "", name] = second === undefined ? first.split("/") : [first, second]
  if (name !== undefined && name !== "") return { kind: exposableKind(type), name }
  throw new Failure(exitCodes.usage, {
    message: `expose needs a type and a name, "${first}" is only one of them`,
    fix: `kubectl metallb expose deployment/${first}`,
    usageOf: "kubectl metallb expose",
  })
}
