// Asks this Go. Standard input: a line of formulas (a JSON array), then documents in base64. Standard output: the
// version, then for each document each formula's bytes in base64, `!` if refused, `?` if another version's.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

type printer func(any) ([]byte, error)

func encoder(html bool, newline bool) printer {
	return func(v any) ([]byte, error) {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(html)
		err := e.Encode(v)
		if !newline {
			return bytes.TrimRight(out.Bytes(), "\n"), err
		}
		return out.Bytes(), err
	}
}

func indent(with string) printer {
	return func(v any) ([]byte, error) { return json.MarshalIndent(v, "", with) }
}

func text(with string) func([]byte) ([]byte, error) {
	return func(x []byte) ([]byte, error) {
		var out bytes.Buffer
		err := json.Indent(&out, x, "", with)
		return out.Bytes(), err
	}
}

var texts = map[string]func([]byte) ([]byte, error){
	`json.Indent(&out, x, "", "  ")`:   text("  "),
	`json.Indent(&out, x, "", "    ")`: text("    "),
	`json.Indent(&out, x, "", "\t")`:   text("\t"),
	`minified(x)`: func(x []byte) ([]byte, error) {
		var out bytes.Buffer
		err := json.Compact(&out, x)
		return out.Bytes(), err
	},
}

var printers = map[string]printer{
	"json.Marshal(v)":                 json.Marshal,
	"json.NewEncoder(w).Encode(v)":    encoder(true, true),
	"encoder.SetEscapeHTML(false); encoder.Encode(v)":                encoder(false, true),
	"encoder.SetEscapeHTML(false); encoder.Encode(v); trim newline": encoder(false, false),
	`json.MarshalIndent(v, "", "  ")`:   indent("  "),
	`json.MarshalIndent(v, "", "    ")`: indent("    "),
	`json.MarshalIndent(v, "", "\t")`:   indent("\t"),
}

const (
	plain = "json.Unmarshal(x, &v); "
	exact = "decoder.UseNumber(); decoder.Decode(&v) of x; "
	old   = " (before Go 1.22)"
)

func result(formula string, x []byte, isOld bool) string {
	var out []byte
	var err error
	if of, ok := texts[formula]; ok {
		out, err = of(x)
	} else {
		name := strings.TrimSuffix(formula, old)
		if (name != formula) != isOld {
			return "?"
		}
		var v any
		decoder := json.NewDecoder(bytes.NewReader(x))
		if strings.HasPrefix(name, exact) {
			decoder.UseNumber()
		}
		print, ok := printers[strings.TrimPrefix(strings.TrimPrefix(name, plain), exact)]
		if !ok {
			panic(formula)
		}
		if err = decoder.Decode(&v); err == nil {
			out, err = print(v)
		}
	}
	if err != nil {
		return "!"
	}
	return "=" + base64.StdEncoding.EncodeToString(out)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	lines.Scan()
	var formulas []string
	if err := json.Unmarshal(lines.Bytes(), &formulas); err != nil {
		panic(err)
	}
	short, _ := json.Marshal("\b")
	isOld := string(short) != `"\b"`
	fmt.Println("Go", strings.TrimPrefix(runtime.Version(), "go"))
	for lines.Scan() {
		x, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		var results []string
		for _, formula := range formulas {
			results = append(results, result(formula, x, isOld))
		}
		fmt.Println(strings.Join(results, " "))
	}
}
