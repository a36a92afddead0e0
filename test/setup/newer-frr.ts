import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cache } from "./cache.ts"
import { Failure } from "./failure.ts"
import { longStep, quietly } from "./long-step.ts"

const folder = join(cache, "newer-frr")

/** Root of a tree with the FRR of Debian 13 and every library it needs, its own libc among them; to be entered by chroot. */
export const newerFrrRoot = join(folder, "root")

/** Unpacks it from packages of the mirror that this Debian uses itself; nothing of the system changes. */
export async function ensureNewerFrr(): Promise<void> {
  if (existsSync(join(newerFrrRoot, "usr/lib/frr/bgpd"))) return
  await longStep("unpacking the FRR of Debian 13 into .cache", async () => {
    try {
      await unpack()
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw new Failure(
        `the FRR of Debian 13 cannot be had: ${error instanceof Error ? error.message : error}`,
        "check that the Debian mirror of this machine is reachable and has trixie",
      )
    }
  })
}

const unpack = async () => {
  const at = (name: string) => join(folder, name)
  for (const name of ["lists/partial", "archives/partial", "next"]) mkdirSync(at(name), { recursive: true })
  const targets = await quietly("apt-get", ["indextargets", "--format", "$(REPO_URI)"])
  const mirror = targets.split("\n").find(uri => /\/debian\/?$/.test(uri))
  if (mirror === undefined) throw new Error("apt knows no mirror of Debian")
  writeFileSync(
    at("sources.list"),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} trixie main\n`,
  )
  writeFileSync(at("status"), "")
  const settings = {
    "Dir::State::lists": at("lists"),
    // Nothing is installed from its point of view, so that every dependency is fetched.
    "Dir::State::status": at("status"),
    "Dir::Cache::archives": at("archives"),
    "Dir::Cache::pkgcache": "",
    "Dir::Cache::srcpkgcache": "",
    "Dir::Etc::sourcelist": at("sources.list"),
    "Dir::Etc::sourceparts": "/nonexistent",
    "APT::Install-Recommends": "false",
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])
  await quietly("apt-get", ["-q", ...options, "update"])
  await quietly("apt-get", ["-q", "-y", "--download-only", ...options, "install", "frr"])
  const next = at("next")
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(next, "usr", name), { recursive: true })
    symlinkSync(`usr/${name}`, join(next, name))
  }
  for (const name of readdirSync(at("archives")).filter(file => file.endsWith(".deb")))
    await quietly("dpkg-deb", ["-x", at(`archives/${name}`), next])
  for (const name of ["passwd", "group"]) cpSync(`/etc/${name}`, join(next, "etc", name))
  // Without it vtysh asks the pluggable authentication that a system would have, and ends.
  for (const service of ["frr", "other"])
    writeFileSync(join(next, "etc/pam.d", service), "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\n")
  for (const name of ["proc", "dev", "tmp", "run/frr", "var/tmp/frr", "var/lib/frr"])
    mkdirSync(join(next, name), { recursive: true })
  renameSync(next, newerFrrRoot)
  for (const name of ["archives", "lists"]) rmSync(at(name), { recursive: true })
}
