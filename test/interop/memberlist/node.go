package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/hashicorp/memberlist"
)

// spec says how one node is to be built. Durations are milliseconds; zero keeps the library's LAN default.
type spec struct {
	Name      string   `json:"name,omitempty"`
	Addr      string   `json:"addr,omitempty"`
	Port      int      `json:"port,omitempty"`
	Keys      []string `json:"keys,omitempty"` // hex, the primary first
	Label     string   `json:"label,omitempty"`
	Compress  bool     `json:"compress,omitempty"`
	Meta      string   `json:"meta,omitempty"`
	Protocol  uint8    `json:"protocol,omitempty"`
	Probe     int      `json:"probe,omitempty"`
	Timeout   int      `json:"timeout,omitempty"`
	Gossip    int      `json:"gossip,omitempty"`
	Suspicion int      `json:"suspicion,omitempty"`
	PushPull  int      `json:"pushPull,omitempty"`
}

func millis(n int, or time.Duration) time.Duration {
	if n == 0 {
		return or
	}
	return time.Duration(n) * time.Millisecond
}

func keyring(keys []string) (*memberlist.Keyring, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	all := make([][]byte, len(keys))
	for i, text := range keys {
		key, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		all[i] = key
	}
	return memberlist.NewKeyring(all, all[0])
}

func (s spec) config(events memberlist.EventDelegate, delegate memberlist.Delegate) (*memberlist.Config, error) {
	ring, err := keyring(s.Keys)
	if err != nil {
		return nil, fmt.Errorf("node %s: keys: %w", s.Name, err)
	}
	c := memberlist.DefaultLANConfig()
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = s.Name, s.Addr, s.Port, s.Port
	c.Keyring, c.Label, c.EnableCompression = ring, s.Label, s.Compress
	if s.Protocol != 0 {
		c.ProtocolVersion = s.Protocol
	}
	c.ProbeInterval = millis(s.Probe, c.ProbeInterval)
	c.ProbeTimeout = millis(s.Timeout, c.ProbeTimeout)
	c.GossipInterval = millis(s.Gossip, c.GossipInterval)
	c.PushPullInterval = millis(s.PushPull, c.PushPullInterval)
	if s.Suspicion != 0 {
		c.SuspicionMult = s.Suspicion
	}
	c.Events, c.Delegate = events, delegate
	c.Logger = log.New(io.Discard, "", 0)
	return c, nil
}

// say is what a node reports: an event, or the answer to a command.
type say struct {
	Event   string   `json:"event"`
	Node    string   `json:"node"`
	Subject string   `json:"subject,omitempty"`
	Meta    string   `json:"meta,omitempty"`
	Payload string   `json:"payload,omitempty"`
	Members []member `json:"members,omitempty"`
	Count   int      `json:"count,omitempty"`
	Error   string   `json:"error,omitempty"`
	At      int64    `json:"at"`
}

type member struct {
	Name string `json:"name"`
	Addr string `json:"addr"`
	Meta string `json:"meta"`
}

// voice turns the library's callbacks of one node into lines, and carries what the node tells about itself.
type voice struct {
	name string
	meta string
	tell func(say)
}

func (v *voice) NotifyJoin(n *memberlist.Node) {
	v.tell(say{Event: "join", Node: v.name, Subject: n.Name, Meta: hex.EncodeToString(n.Meta)})
}
func (v *voice) NotifyLeave(n *memberlist.Node) {
	v.tell(say{Event: "leave", Node: v.name, Subject: n.Name})
}
func (v *voice) NotifyUpdate(n *memberlist.Node) {
	v.tell(say{Event: "update", Node: v.name, Subject: n.Name, Meta: hex.EncodeToString(n.Meta)})
}
func (v *voice) NodeMeta(int) []byte { return []byte(v.meta) }
func (v *voice) NotifyMsg(b []byte) {
	v.tell(say{Event: "message", Node: v.name, Payload: string(b)})
}
func (v *voice) GetBroadcasts(int, int) [][]byte { return nil }
func (v *voice) LocalState(bool) []byte          { return nil }
func (v *voice) MergeRemoteState([]byte, bool)   {}
