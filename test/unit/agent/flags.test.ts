import assert from "node:assert/strict"
import { test } from "node:test"
import { helpText, readCommandLine } from "../../../agent/flags.ts"

const options = (args: readonly string[], env: Record<string, string> = {}) => {
  const line = readCommandLine(args, env)
  assert.ok(line.kind === "run", JSON.stringify(line))
  return line.options
}

const mistake = (args: readonly string[], env: Record<string, string> = {}) => {
  const line = readCommandLine(args, env)
  assert.ok(line.kind === "mistake", JSON.stringify(line))
  return line.message
}

test("without flags beyond the mode everything has MetalLB's defaults", () => {
  assert.deepEqual(options(["--mode=controller"]), {
    mode: "controller",
    namespace: "",
    nodeName: "",
    podName: "",
    kubeconfig: "",
    port: 9120,
    healthProbePort: 17472,
    lbClass: "",
    logLevel: "info",
    leaderElect: true,
    ignoreExcludeLb: false,
    placement: "hash",
    metricsPlain: false,
    metricsCertDir: "",
    tls: { minVersion: "TLSv1.3", ciphers: undefined, ecdhCurve: undefined },
    refreshInterval: 60,
    querySocket: "/run/metallb/query.sock",
    bgpListenPort: 0,
    memberList: {
      bindAddress: "",
      bindPort: 7946,
      labels: "app=metallb,component=speaker",
      secretFolder: "",
      secretName: "",
      wide: false,
      failback: 10,
    },
    unused: [],
  })
})

test("a value may follow a flag after = or as the next word, with one dash or two", () => {
  for (const args of [
    ["--mode=speaker", "--node-name=n1", "--port=0"],
    ["--mode", "speaker", "--node-name", "n1", "--port", "0"],
    ["-mode", "speaker", "-node-name=n1", "-port=0"],
  ]) {
    const { mode, nodeName, port } = options(args)
    assert.deepEqual([mode, nodeName, port], ["speaker", "n1", 0])
  }
})

test("a switch needs no value and swallows no word", () => {
  const { ignoreExcludeLb, leaderElect, lbClass } = options([
    "--ignore-exclude-lb",
    "--mode=controller",
    "--leader-elect=false",
    "--lb-class",
    "x",
  ])
  assert.deepEqual([ignoreExcludeLb, leaderElect, lbClass], [true, false, "x"])
})

test("the environment fills in what no flag says", () => {
  const env = { METALLB_NODE_NAME: "n2", METALLB_NAMESPACE: "lb", METALLB_POD_NAME: "speaker-x" }
  const given = options(["--mode=speaker", "--namespace=other"], env)
  assert.deepEqual([given.nodeName, given.namespace, given.podName], ["n2", "other", "speaker-x"])
})

test("flags of MetalLB that change nothing here are taken and named", () => {
  const args = ["--mode=controller", "--cert-dir", "/tmp", "--webhook-mode=enabled", "--disable-cert-rotation"]
  assert.deepEqual(options(args).unused, ["--cert-dir", "--webhook-mode", "--disable-cert-rotation"])
})

test("variables that choose or tune MetalLB's BGP programs are not read", () => {
  const env = {
    METALLB_BGP_TYPE: "frr-k8s",
    METALLB_BGP_DEBOUNCE_TIMEOUT: "-1",
    FRR_LOGGING_LEVEL: "loud",
    FRR_CONFIG_FILE: "/nonexistent",
    FRR_RELOADER_PID_FILE: "/nonexistent",
    FRRK8S_NAMESPACE: "frr-k8s-system",
  }
  for (const args of [["--mode=controller"], ["--mode=speaker", "--node-name=n1"]])
    assert.deepEqual(options(args, env), options(args))
})

test("MetalLB's flags and variables of the member list mean what they mean there", () => {
  const env = {
    METALLB_ML_BIND_ADDR: "192.0.2.1",
    METALLB_ML_BIND_PORT: "7000",
    METALLB_ML_LABELS: "a=b",
    METALLB_ML_SECRET_KEY_PATH: "/etc/ml_secret_key",
  }
  const { memberList } = options(["--mode=speaker", "--node-name=n1", "--ml-wan-config", "--failback=never"], env)
  assert.deepEqual(memberList, {
    bindAddress: "192.0.2.1",
    bindPort: 7000,
    labels: "a=b",
    secretFolder: "/etc/ml_secret_key",
    secretName: "",
    wide: true,
    failback: undefined,
  })
  assert.equal(
    mistake(["--mode=speaker", "--node-name=n1", "--ml-bindaddr=here"]),
    "--ml-bindaddr=here: allowed is an IP address of this node",
  )
  assert.match(mistake(["--mode=controller", "--ml-bindport=0"]), /allowed is 1 to 65535/)
  assert.equal(
    mistake(["--mode=controller", "--failback=soon"]),
    "--failback=soon: allowed is never, or 0 to 86400 seconds",
  )
})

test("an unknown flag names the nearest one", () => {
  assert.equal(
    mistake(["--mode=controller", "--log-levle=info"]),
    "unknown flag --log-levle; did you mean --log-level?",
  )
  assert.equal(mistake(["--zzzzzzzz=1"]), "unknown flag --zzzzzzzz")
})

test("wrong values say what is allowed", () => {
  assert.equal(mistake(["--mode=driver"]), "--mode=driver: allowed is controller, speaker")
  assert.equal(mistake(["--mode=controller", "--port=65536"]), "--port=65536: allowed is 0 to 65535")
  assert.equal(mistake(["--mode=controller", "--leader-elect=no"]), "--leader-elect=no: allowed is true or false")
  assert.match(mistake(["--mode=controller", "--log-level=loud"]), /allowed is all, debug, info/)
  assert.match(mistake(["--mode=controller", "extra"]), /"extra" is no flag/)
  assert.match(mistake(["--mode=controller", "--port"]), /--port needs a value/)
})

test("what a mode needs is asked for", () => {
  assert.match(mistake([]), /--mode is missing/)
  assert.match(mistake(["--mode=speaker"]), /--node-name is missing \(or METALLB_NODE_NAME\)/)
})

test("help is given wherever it is asked for, and shows every flag", () => {
  assert.equal(readCommandLine(["--mode=bad", "--help"], {}).kind, "help")
  const text = helpText()
  for (const name of ["--mode", "--node-name", "--health-probe-port", "--leader-elect", "--ml-labels"])
    assert.ok(text.includes(name), name)
  assert.ok(text.split("\n").every(line => line.length <= 160))
})

test("the placement is the hash's unless it is to be balanced, by flag or variable", () => {
  const speaker = ["--mode=speaker", "--node-name=n1"]
  assert.equal(options([...speaker, "--placement=balanced"]).placement, "balanced")
  assert.equal(options(speaker, { METALLB_PLACEMENT: "balanced" }).placement, "balanced")
  assert.equal(options([...speaker, "--placement=hash"], { METALLB_PLACEMENT: "balanced" }).placement, "hash")
  assert.equal(mistake([...speaker, "--placement=even"]), "--placement=even: allowed is hash, balanced")
})
