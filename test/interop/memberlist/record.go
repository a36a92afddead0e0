package main

import (
	"bytes"
	"compress/lzw"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// perKind bounds how many packets of one kind a recording keeps: enough to see variety, few enough to read.
const perKind = 3

type taken struct {
	Node string `json:"node"`
	Hex  string `json:"hex"`
}

type recording struct {
	Variant string  `json:"variant"`
	Spec    spec    `json:"spec"`
	Packets []taken `json:"packets"`
	Streams []taken `json:"streams"` // one entry a direction of a connection, as one run of bytes
}

type lzwCase struct {
	Size     int    `json:"size"`
	Alphabet int    `json:"alphabet"`
	Length   int    `json:"length"`
	Sha256   string `json:"sha256"`
	Hex      string `json:"hex,omitempty"`
}

func record(out io.Writer) error {
	key16, key24, key32 := "00112233445566778899aabbccddeeff", "", ""
	key24 = key16 + "0123456789abcdef"
	key32 = key16 + key16
	variants := []struct {
		name string
		spec spec
	}{
		{"plain", spec{}},
		{"compressed", spec{Compress: true}},
		{"labelled", spec{Label: "blue"}},
		{"encrypted 16", spec{Keys: []string{key16}}},
		{"encrypted 24, labelled", spec{Keys: []string{key24}, Label: "blue"}},
		{"encrypted 32, compressed", spec{Keys: []string{key32}, Compress: true}},
		{"encrypted version 0", spec{Keys: []string{key16}, Protocol: 1}},
	}
	var all struct {
		Library    string      `json:"library"`
		Recordings []recording `json:"recordings"`
		Lzw        []lzwCase   `json:"lzw"`
	}
	all.Library = "github.com/hashicorp/memberlist v0.7.0"
	for i, v := range variants {
		r, err := recordVariant(v.name, v.spec, i)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		all.Recordings = append(all.Recordings, r)
	}
	all.Lzw = lzwCases()
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", " ")
	return encoder.Encode(all)
}

// tape collects what the nodes of one variant put on the wire.
type tape struct {
	lock    sync.Mutex
	seen    map[string]int
	packets []taken
	streams []*flow
}

type flow struct {
	node string
	data bytes.Buffer
}

func (t *tape) packet(node string, b []byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	kind := fmt.Sprintf("%d", b[0])
	if b[0] == 12 {
		kind += fmt.Sprintf(" %d", b[5])
	} else if b[0] == 7 {
		kind += fmt.Sprintf(" %d", b[2+2*int(b[1])])
	} else if b[0] <= 1 || b[0] == 244 {
		kind += fmt.Sprintf(" %d", len(b)/40)
	}
	if t.seen[kind]++; t.seen[kind] <= perKind {
		t.packets = append(t.packets, taken{node, hex.EncodeToString(b)})
	}
}

func (t *tape) stream(node string) *flow {
	t.lock.Lock()
	defer t.lock.Unlock()
	f := &flow{node: node}
	t.streams = append(t.streams, f)
	return f
}

// recorder is the library's own transport with an ear.
type recorder struct {
	*memberlist.NetTransport
	node    string
	tape    *tape
	streams chan net.Conn
}

type heard struct {
	net.Conn
	tape *tape
	flow *flow
}

func (h *heard) Write(b []byte) (int, error) {
	h.tape.lock.Lock()
	h.flow.data.Write(b)
	h.tape.lock.Unlock()
	return h.Conn.Write(b)
}

func (r *recorder) WriteTo(b []byte, addr string) (time.Time, error) {
	r.tape.packet(r.node, b)
	return r.NetTransport.WriteTo(b, addr)
}

func (r *recorder) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	r.tape.packet(r.node, b)
	return r.NetTransport.WriteToAddress(b, a)
}

func (r *recorder) DialAddressTimeout(a memberlist.Address, d time.Duration) (net.Conn, error) {
	c, err := r.NetTransport.DialAddressTimeout(a, d)
	if err != nil {
		return nil, err
	}
	return &heard{c, r.tape, r.tape.stream(r.node)}, nil
}

func (r *recorder) StreamCh() <-chan net.Conn { return r.streams }

func (r *recorder) listen() {
	for c := range r.NetTransport.StreamCh() {
		r.streams <- &heard{c, r.tape, r.tape.stream(r.node)}
	}
}

func recordVariant(name string, s spec, index int) (recording, error) {
	t := &tape{seen: map[string]int{}}
	lists := map[string]*memberlist.Memberlist{}
	addr := func(i int) string { return fmt.Sprintf("127.10.%d.%d", index, i+1) }
	for i, node := range []string{"n1", "n2", "n3"} {
		own := s
		own.Name, own.Addr, own.Port, own.Meta = node, addr(i), 7946, "meta of "+node
		own.Probe, own.Timeout, own.Gossip, own.Suspicion = 200, 60, 20, 1
		v := &voice{name: node, meta: own.Meta, tell: func(say) {}}
		config, err := own.config(v, v)
		if err != nil {
			return recording{}, err
		}
		transport, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{own.Addr}, BindPort: own.Port, Logger: log.New(io.Discard, "", 0)})
		if err != nil {
			return recording{}, err
		}
		r := &recorder{transport, node, t, make(chan net.Conn)}
		go r.listen()
		config.Transport = r
		list, err := memberlist.Create(config)
		if err != nil {
			return recording{}, err
		}
		lists[node] = list
	}
	if err := play(lists, addr(0)); err != nil {
		return recording{}, err
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	r := recording{Variant: name, Spec: s, Packets: t.packets}
	for _, f := range t.streams {
		if len(r.Streams) < 10 && f.data.Len() > 0 {
			r.Streams = append(r.Streams, taken{f.node, hex.EncodeToString(f.data.Bytes())})
		}
	}
	return r, nil
}

// play makes three nodes say everything that the protocol has: join, change, messages, a leave, a crash, a broken stream.
func play(lists map[string]*memberlist.Memberlist, first string) error {
	for _, node := range []string{"n2", "n3"} {
		if _, err := lists[node].Join([]string{first}); err != nil {
			return err
		}
	}
	broken, err := net.Dial("tcp", first+":7946")
	if err != nil {
		return err
	}
	if _, err := broken.Write([]byte{9, 0xc1}); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	broken.Close()
	if err := lists["n1"].UpdateNode(time.Second); err != nil {
		return err
	}
	for _, n := range lists["n1"].Members() {
		if n.Name != "n2" {
			continue
		}
		if err := lists["n1"].SendBestEffort(n, []byte("best effort")); err != nil {
			return err
		}
		if err := lists["n1"].SendReliable(n, []byte("reliable")); err != nil {
			return err
		}
	}
	if err := lists["n3"].Shutdown(); err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond)
	if err := lists["n2"].Leave(time.Second); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	if err := lists["n2"].Shutdown(); err != nil {
		return err
	}
	return lists["n1"].Shutdown()
}

// noise is a generator that the tests repeat (xorshift32, seed 1), so that long inputs need not be written down.
func noise(size, alphabet int) []byte {
	x := uint32(1)
	b := make([]byte, size)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x % uint32(alphabet))
	}
	return b
}

func lzwCases() []lzwCase {
	cases := []lzwCase{}
	for _, alphabet := range []int{1, 2, 26, 256} {
		for _, size := range []int{0, 1, 2, 3, 100, 254, 255, 256, 257, 1400, 3837, 3838, 3839, 3840, 3841, 4096, 7677, 20000, 70000} {
			var b bytes.Buffer
			w := lzw.NewWriter(&b, lzw.LSB, 8)
			if _, err := w.Write(noise(size, alphabet)); err != nil {
				panic(err)
			}
			if err := w.Close(); err != nil {
				panic(err)
			}
			sum := sha256.Sum256(b.Bytes())
			c := lzwCase{Size: size, Alphabet: alphabet, Length: b.Len(), Sha256: hex.EncodeToString(sum[:])}
			if b.Len() <= 16 {
				c.Hex = hex.EncodeToString(b.Bytes())
			}
			cases = append(cases, c)
		}
	}
	return cases
}
