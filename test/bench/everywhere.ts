/** Labels of the pods of `everywhere`. */
export const everywhereLabels = { app: "everywhere" }

/** A pod on every node, so that with traffic policy Local each of them may own each address and needs no other node. */
export const everywhere = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "everywhere" },
  spec: {
    selector: { matchLabels: everywhereLabels },
    template: {
      metadata: { labels: everywhereLabels },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "echo",
            image: "lab.local/echo:1",
            args: ["name", "8080"],
            readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
}
