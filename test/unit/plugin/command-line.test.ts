import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { globalFlags } from "../../../plugin/cli/flags.ts"
import { commandHelp } from "../../../plugin/cli/help.ts"
import { nearest } from "../../../plugin/cli/nearest.ts"
import { separateValues } from "../../../plugin/cli/parse.ts"
import { registry } from "../../../plugin/cli/registry.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { FakeWorld } from "./fake-world.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)

describe("command line", () => {
  it("prints the table of commands without arguments and with --help", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run(""), 0)
    matchesFile(golden("help.txt"), world.out)
    const other = new FakeWorld()
    assert.equal(await other.run("--help"), 0)
    assert.equal(other.out, world.out)
  })

  it("prints the help of one command wherever --help stands", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("expose --help"), 0)
    matchesFile(golden("help-expose.txt"), world.out)
    for (const line of ["help expose", "-n shop expose deployment/web -h", "expose -h --pool x"]) {
      const other = new FakeWorld()
      assert.equal(await other.run(line), 0, line)
      assert.equal(other.out, world.out, line)
    }
  })

  it("every command has at least three examples that begin with its own name, exit codes and a summary without a full stop", async () => {
    for (const entry of registry) {
      const command = await entry.load()
      assert.equal(command.name, entry.name)
      assert.equal(command.summary, entry.summary)
      assert.ok(command.examples.length >= 3, command.name)
      for (const { line } of command.examples) assert.ok(line.startsWith(`kubectl metallb ${command.name}`), line)
      for (const { summary } of [command, ...command.flags, ...globalFlags]) assert.match(summary, /^[A-Z].*[^.]$/)
      assert.ok(command.exits.length > 0)
      assert.match(commandHelp(command), /Exit codes:\n {2}0 /)
      for (const line of commandHelp(command).split("\n")) assert.ok(line.length <= 100, `${command.name}: ${line}`)
    }
  })

  it("every example can be parsed", async () => {
    const { parseArguments } = await import("../../../plugin/cli/parse.ts")
    for (const entry of registry) {
      const command = await entry.load()
      for (const { line } of command.examples) {
        const words = line
          .replace(/ [|>].*/, "")
          .split(" ")
          .slice(2 + command.name.split(" ").length)
        assert.doesNotThrow(() => parseArguments(command, words), line)
      }
    }
  })

  it("offers the nearest command for a typo, and ends with 2", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("whyip web"), 2)
    assert.equal(
      world.err,
      [
        'error: unknown command "whyip"',
        "  fix    kubectl metallb why-ip web",
        "See 'kubectl metallb -h' for help and examples",
        "",
      ].join("\n"),
    )
  })

  it("offers the nearest part of a command too", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("pools ad lab --range 192.168.1.0/28"), 2)
    assert.match(world.err, /unknown command "pools ad"\n {2}fix {4}kubectl metallb pools add lab/)
  })

  it("names every unknown flag with the nearest one", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("version --cleint --nope"), 2)
    assert.match(world.err, /unknown flag --cleint\n {2}fix {4}--client/)
    assert.match(world.err, /unknown flag --nope/)
  })

  it("names the values that a flag knows", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("version -o yml"), 2)
    assert.match(world.err, /--output does not know "yml"\n.*\n {2}fix {4}--output=yaml/)
  })

  it("says which argument is missing and which is one too many", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("why-ip"), 2)
    assert.match(world.err, /why-ip needs SERVICE\|ADDRESS/)
    assert.equal(await world.run("why-ip a b"), 2)
    assert.match(world.err, /does not know what to do with "b"/)
  })

  it("takes -ojson, -o=json, --output=json and a bare --dry-run like the rest of kubectl's family", () => {
    const specs = [
      { name: "output", short: "o", kind: "text", summary: "" },
      { name: "dry-run", kind: "optional", bare: "client", summary: "" },
      { name: "quiet", short: "q", kind: "count", summary: "" },
    ] as const
    assert.deepEqual(separateValues(["-ojson", "-o=yaml", "-qq", "--dry-run", "web"], specs), [
      "--output=json",
      "--output=yaml",
      "-qq",
      "--dry-run=client",
      "web",
    ])
    assert.deepEqual(separateValues(["--", "--dry-run"], specs), ["--", "--dry-run"])
  })

  it("passes kubectl's global flags on to the connection, wherever they stand", async () => {
    const world = new FakeWorld()
    await world.run(
      "--context prod -n shop pools --as eve --as-group ops --as-group dev --request-timeout 5s --kubeconfig k",
    )
    const [wishes] = world.wishes
    assert.deepEqual(
      { ...wishes, log: undefined, warn: undefined },
      {
        kubeconfig: "k",
        context: "prod",
        cluster: undefined,
        user: undefined,
        as: "eve",
        asGroups: ["ops", "dev"],
        requestTimeoutMs: 5000,
        log: undefined,
        warn: undefined,
      },
    )
  })

  it("closes the connection after a command that failed", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("pools show nope"), 1)
    assert.equal(world.api.closed, true)
  })

  it("a bug is said to be one, with a file to report, and ends with 70", async () => {
    const world = new FakeWorld()
    world.api.send = async () => {
      throw new TypeError("x is not a function")
    }
    assert.equal(await world.run("pools"), 70)
    assert.match(world.err, /^error: this is a bug in kubectl metallb: x is not a function \[ML900\]\n/)
    assert.match(world.err, /details in \/tmp\/bug.txt/)
    assert.doesNotMatch(world.err, /fake-world/, "a user never sees a stack")
    assert.match(world.reports[0] ?? "", /command: pools\n\nTypeError: x is not a function\n {4}at /)
  })

  it("with -qq only the exit code tells", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("status -qq"), 1)
    assert.equal(world.out + world.err, "")
  })

  it("the nearest word is at most a third of its letters away and the first by name among equals", () => {
    assert.equal(nearest("pols", ["pools", "peers"]), "pools")
    assert.equal(nearest("ML10", ["ML103", "ML101"]), "ML101")
    assert.equal(nearest("banana", ["pools"]), undefined)
  })
})
