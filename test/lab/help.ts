export const help = `A real Kubernetes cluster on this machine, in network namespaces: for tests, for the demo and for trying things out.

Usage: npm run lab -- COMMAND [OPTIONS]

  up                      bring the lab up: a control plane, nodes n1, n2, …, a client outside the cluster
  down                    end all of it; nothing stays but logs
  status                  what runs, and since when nodes are Ready
  env                     print the lines that point kubectl at the lab
  kubectl -- ARGS         run kubectl as the lab's administrator
  exec NODE -- COMMAND    run a command in a node, as if logged in there (cp and router: their network only)
  client -- COMMAND       run a command on the client: on the same LAN, outside the cluster
  load IMAGE.tar          give every node that is on an image
  power-off NODE          pull a node's plug
  boot NODE               power it on again
  cable out|in NODE       pull a node's cable out of the switch, or put it back; the node runs on
  loss NODE PERCENT       let a node's cable lose that share of all frames, each way; 0 ends it
  logs NODE COMPONENT     n1 kubelet | n1 kube-proxy | n1 containerd | cp kube-apiserver | cp etcd | cp audit | …

Options
  --nodes N               nodes of \`up\`, 1 to 20 (default 4)
  --proxy MODE            kube-proxy's mode for \`up\`: iptables (default) or nftables
  --keep                  \`down\` keeps the disks: the next \`up\` with as many nodes goes on from there
  --force                 \`down\` also ends a lab of that name that was started from another folder
  -f, --follow            \`logs\` goes on as the log grows
  --lab NAME              which lab (default: LAB in the environment, or lb)

Examples
  npm run lab -- up --nodes 3
  eval "$(npm run -s lab -- env)" && kubectl get nodes
  npm run lab -- client -- curl -s http://192.168.1.11/
  npm run lab -- exec n2 -- ip neigh
  npm run lab -- cable out n3 && npm run lab -- status
  npm run lab -- loss n1 2.5
  npm run lab -- up --lab two --nodes 2 --proxy nftables      # beside the other: same addresses inside, they never meet
  npm run lab -- logs n1 kubelet --follow
  npm run lab -- down
`
