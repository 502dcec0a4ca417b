// A webhook endpoint with Go's net/http, Go 1.19 or later: POST /webhook.
// cz-hook: head
// Run:     go run main.go
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// cz-hook: imports
import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
)
// cz-hook: end

const maxBody = 2 << 20

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// header returns the value of a header that the request has exactly once.
func header(r *http.Request, name string) (string, bool) {
	values := r.Header.Values(name)
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// cz-hook: verify
var key = []byte(setting("CZ_HOOK_SECRET"))

func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatal(name + " is not set")
	}
	return value
}

// isGenuine reports whether the request is signed as `chatzuri` signs: see the top.
func isGenuine(r *http.Request, body []byte) bool {
	given, ok := header(r, "x-chatzuri-signature")
	if !ok {
		return false
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(body)
	expected := hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(given), []byte(expected))
}
// cz-hook: end

// cz-hook: parse
// parseEvent returns the event, whose fields stay raw until you need them; false when the body is not a JSON object.
func parseEvent(body []byte) (map[string]json.RawMessage, bool) {
	var event map[string]json.RawMessage
	// `null` is not an error and leaves nil.
	err := json.Unmarshal(body, &event)
	return event, err == nil && event != nil
}
// cz-hook: end

func webhook(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, map[string]string{"message": "Method Not Allowed"})
		return
	}
	// The raw bytes: the signature covers them, not the parsed body.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		answer(w, http.StatusRequestEntityTooLarge, map[string]string{"message": "Too large"})
		return
	}
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": "The body was cut off"})
		return
	}
	if !isGenuine(r, body) {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Signature didn't match"})
		return
	}
	event, ok := parseEvent(body)
	if !ok {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Unexpected body"})
		return
	}
	// Your work starts here: put event into a queue, and ignore events that you do not know.
	_ = event
	answer(w, http.StatusOK, map[string]string{"status": "accepted"})
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	http.HandleFunc("/webhook", webhook)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://127.0.0.1:%s/webhook\n", port)
	// Without timeouts, the server would wait forever for a sender that stalls.
	server := &http.Server{ReadTimeout: 30 * time.Second}
	log.Fatal(server.Serve(listener))
}
