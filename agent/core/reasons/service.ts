import type { Reason } from "./reason.ts"

/** Reasons about what a service asks for (ML0xx). */
export const serviceReasons = {
  ML001: {
    title: "Service is not of type LoadBalancer",
    meaning: "Only services of type LoadBalancer get an address from a pool.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"type":"LoadBalancer"}}\'',
  },
  ML002: {
    title: "Service belongs to another load balancer",
    meaning:
      "spec.loadBalancerClass names a class that this installation does not serve, so it is left to whoever does.",
    fix: "create the service again without spec.loadBalancerClass, or start the agents with --lb-class={class}",
  },
  ML003: {
    title: "Service has no cluster IP",
    short: "no cluster IP (clusterIPs: {clusterIPs})",
    meaning: "The families of a service's addresses follow its cluster IPs, and it has none that can be read.",
    fix: "create the service again without clusterIP: None; kubectl get service {service} -n {namespace} -o jsonpath='{.spec.clusterIPs}' shows what it has",
  },
  ML004: {
    title: "Service requires two families but has one cluster IP",
    short: "RequireDualStack, but one cluster IP",
    meaning: "ipFamilyPolicy RequireDualStack needs a cluster IP of each family; the cluster gave one.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilyPolicy":"PreferDualStack"}}\'',
  },
  ML005: {
    title: "Service has two cluster IPs but a single-stack policy",
    short: "two cluster IPs, ipFamilyPolicy {policy}",
    meaning: "With ipFamilyPolicy SingleStack and two cluster IPs nothing says which family is wanted.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilyPolicy":"PreferDualStack"}}\'',
  },
  ML006: {
    title: "Address was written by somebody else",
    short: "{addresses} was written by somebody else",
    meaning:
      "The service carries an address that is in no pool and that this installation has no record of giving, so it is left alone.",
    fix: 'if nobody else serves it: kubectl patch service {service} -n {namespace} --subresource=status -p \'{"status":{"loadBalancer":null}}\'',
  },
  ML007: {
    title: "Addresses are asked for in two ways",
    short: "spec.loadBalancerIP and an annotation both ask",
    meaning: "Both spec.loadBalancerIP and the annotation metallb.io/loadBalancerIPs are set; one of them has to go.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"loadBalancerIP":null}}\'',
  },
  ML008: {
    title: "Requested address cannot be read",
    short: '"{value}" is not an IP address',
    meaning: "spec.loadBalancerIP or the annotation loadBalancerIPs holds something that is no IP address.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/loadBalancerIPs=ADDRESS",
  },
  ML009: {
    title: "More addresses requested than one of each family",
    short: "{value} is more than one address of each family",
    meaning:
      "A service gets one address, or one IPv4 and one IPv6 address, unless the annotation metallb.io/addresses-per-family asks for more.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/loadBalancerIPs=IPV4-ADDRESS,IPV6-ADDRESS; or metallb.io/addresses-per-family=2",
  },
  ML010: {
    title: "Requested addresses have another family than the service",
    short: "service is {families}, asks for {requested}",
    meaning: "The addresses asked for must be of exactly the families of the service's cluster IPs.",
    fix: 'ask for one address of each family of the service, or kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilies":["{requested}"]}}\'',
  },
  ML011: {
    title: "Service has no address",
    short: "no address",
    meaning: "Only a service with an address in status.loadBalancer is announced.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML012: {
    title: "Service is being deleted",
    short: "being deleted",
    meaning: "It keeps its address until it is gone, gets nothing new and is no longer announced.",
    fix: "kubectl get service {service} -n {namespace} -o jsonpath='{.metadata.finalizers}' shows who still holds it",
  },
  ML013: {
    title: "Service does not exist",
    short: "no such service",
    meaning: "No service of this name was found in this namespace.",
    fix: "kubectl get services -n {namespace}",
  },
  ML014: {
    title: "Annotation with the old prefix",
    short: "{annotation} has the old prefix",
    meaning: "metallb.universe.tf/ is still read, but metallb.io/ replaces it.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/{suffix}={value} {annotation}-",
  },
  ML015: {
    title: "Status carries an entry that is no address",
    short: "{entry} is no address",
    meaning:
      "An entry of status.loadBalancer.ingress is a host name or cannot be read as an address, so somebody else wrote it.",
    fix: 'if nobody else serves it: kubectl patch service {service} -n {namespace} --subresource=status -p \'{"status":{"loadBalancer":null}}\'',
  },
} as const satisfies Record<string, Reason>
