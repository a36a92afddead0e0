package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// command is one line of stdin. Every command is answered by one line with event "done" or "failed".
type command struct {
	Op      string   `json:"op"`
	Node    string   `json:"node"`
	Spec    spec     `json:"spec"`
	To      []string `json:"to"`
	Key     string   `json:"key"`
	Payload string   `json:"payload"`
}

type running struct {
	list  *memberlist.Memberlist
	ring  *memberlist.Keyring
	voice *voice
}

func serve(in io.Reader, out io.Writer) error {
	var lock sync.Mutex
	encoder := json.NewEncoder(out)
	began := time.Now()
	tell := func(s say) {
		lock.Lock()
		defer lock.Unlock()
		s.At = time.Since(began).Milliseconds()
		if err := encoder.Encode(s); err != nil {
			panic(err)
		}
	}
	nodes := map[string]*running{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("command %q: %w", lines.Text(), err)
		}
		answer, err := obey(nodes, c, tell)
		answer.Node, answer.Event = c.Node, "done"
		if err != nil {
			answer.Event, answer.Error = "failed", err.Error()
		}
		tell(answer)
	}
	return lines.Err()
}

func obey(nodes map[string]*running, c command, tell func(say)) (say, error) {
	if c.Op == "spawn" {
		return say{}, spawn(nodes, c, tell)
	}
	n, ok := nodes[c.Node]
	if !ok {
		return say{}, fmt.Errorf("no node is called %q", c.Node)
	}
	switch c.Op {
	case "join":
		count, err := n.list.Join(c.To)
		return say{Count: count}, err
	case "leave":
		return say{}, n.list.Leave(2 * time.Second)
	case "shutdown":
		delete(nodes, c.Node)
		return say{}, n.list.Shutdown()
	case "members":
		return say{Members: members(n.list)}, nil
	case "meta":
		n.voice.meta = c.Payload
		return say{}, n.list.UpdateNode(2 * time.Second)
	case "send", "send-reliable":
		return say{}, send(n.list, c)
	case "key-add", "key-use", "key-remove":
		return say{}, rotate(n.ring, c)
	}
	return say{}, fmt.Errorf("no operation is called %q", c.Op)
}

func spawn(nodes map[string]*running, c command, tell func(say)) error {
	v := &voice{name: c.Spec.Name, meta: c.Spec.Meta, tell: tell}
	config, err := c.Spec.config(v, v)
	if err != nil {
		return err
	}
	list, err := memberlist.Create(config)
	if err != nil {
		return err
	}
	nodes[c.Spec.Name] = &running{list: list, ring: config.Keyring, voice: v}
	return nil
}

func members(list *memberlist.Memberlist) []member {
	all := []member{}
	for _, n := range list.Members() {
		all = append(all, member{Name: n.Name, Addr: n.Address(), Meta: hex.EncodeToString(n.Meta)})
	}
	return all
}

func send(list *memberlist.Memberlist, c command) error {
	for _, n := range list.Members() {
		if n.Name != c.To[0] {
			continue
		}
		if c.Op == "send" {
			return list.SendBestEffort(n, []byte(c.Payload))
		}
		return list.SendReliable(n, []byte(c.Payload))
	}
	return fmt.Errorf("%q is no member", c.To[0])
}

func rotate(ring *memberlist.Keyring, c command) error {
	key, err := hex.DecodeString(c.Key)
	if err != nil {
		return err
	}
	switch c.Op {
	case "key-add":
		return ring.AddKey(key)
	case "key-use":
		return ring.UseKey(key)
	}
	return ring.RemoveKey(key)
}
