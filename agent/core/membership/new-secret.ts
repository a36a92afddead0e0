/** The entry of the Secret that all speakers share; MetalLB's speakers read the file of this name. */
export const secretEntry = "secretkey"

/** Random bytes of a new one: the 128 bits that MetalLB's controller takes. */
export const secretBytes = 16

/**
 * The Secret that all speakers share, to be created where there is none: `random` (16 bytes) as unpadded base64, which is the text
 * that MetalLB's controller makes. It is never to be applied over one that exists, since the speakers that run have that one.
 */
export const newMemberSecret = (
  { namespace, name }: { readonly namespace: string; readonly name: string },
  random: Uint8Array,
) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace, labels: { app: "metallb" } },
  type: "Opaque",
  data: { [secretEntry]: btoa(btoa(String.fromCharCode(...random)).replaceAll("=", "")) },
})
