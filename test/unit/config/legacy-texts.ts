export const reference = `address-pools:
- name: nginx-ip-range
  protocol: layer2
  addresses:
  - 192.168.1.11-192.168.1.13
`

export const full = `peers:
- my-asn: 64500
  peer-asn: 64501
  peer-address: 10.0.0.1
  peer-port: 179
  hold-time: 1m30s
  keepalive-time: 30s
  router-id: 10.0.0.2
  password: secret
  ebgp-multihop: true
  bfd-profile: fast
  node-selectors:
  - match-labels: {rack: r1}
    match-expressions:
    - {key: kubernetes.io/hostname, operator: In, values: [a, b]}
bgp-communities:
  no-advertise: 65535:65282
bfd-profiles:
- {name: fast, receive-interval: 380, transmit-interval: 270, detect-multiplier: 3, echo-mode: false, minimum-ttl: 254}
address-pools:
- name: routed
  protocol: bgp
  addresses: [198.51.100.0/24]
  bgp-advertisements:
  - aggregation-length: 32
    localpref: 100
    communities: [no-advertise]
- name: flat
  protocol: layer2
  addresses: [192.168.1.11-192.168.1.13]
`
