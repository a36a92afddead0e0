import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { must } from "./run.ts"

/** Makes the authority and the service accounts' key if they are missing, and the API server's certificate anew. */
export async function issueCertificates(folder: string, names: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const at = (name: string) => join(folder, name)
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
  if (!existsSync(at("ca.crt"))) {
    const own = ["req", "-x509", ...newKey, "-days", "3650", "-subj", "/CN=lab-ca"]
    await must("openssl", [...own, "-keyout", at("ca.key"), "-out", at("ca.crt")])
  }
  if (!existsSync(at("service-account.key"))) {
    await must("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at("service-account.key")])
  }
  writeFileSync(at("api.names"), `subjectAltName=${names}\n`)
  const asked = ["req", ...newKey, "-subj", "/CN=kube-apiserver", "-keyout", at("api.key"), "-out", at("api.csr")]
  await must("openssl", asked)
  const authority = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "3650"]
  const signed = [
    "x509",
    "-req",
    "-in",
    at("api.csr"),
    ...authority,
    "-extfile",
    at("api.names"),
    "-out",
    at("api.crt"),
  ]
  await must("openssl", signed)
}
