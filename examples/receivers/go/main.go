// A webhook endpoint with Go's net/http, Go 1.19 or later: POST /webhook, signed in x-chatzuri-signature.
// Install: nothing besides Go
// Run:     SECRET_KEY=… PORT=3000 go run main.go
package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

const maxBody = 2 << 20

var secretKey = []byte(os.Getenv("SECRET_KEY"))

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// isGenuine reports whether the request has exactly one signature header, with the signature of these bytes.
func isGenuine(r *http.Request, body []byte) bool {
	given := r.Header.Values("x-chatzuri-signature")
	mac := hmac.New(sha1.New, secretKey)
	mac.Write(body)
	expected := hex.EncodeToString(mac.Sum(nil))
	return len(given) == 1 && hmac.Equal([]byte(given[0]), []byte(expected))
}

func webhook(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, map[string]string{"message": "Method Not Allowed"})
		return
	}
	// The raw bytes: the signature covers them, not the parsed JSON.
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
	// `null` is not an error and leaves nil. Fields stay raw until you need them.
	var event map[string]json.RawMessage
	if err := json.Unmarshal(body, &event); err != nil || event == nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Not a JSON object"})
		return
	}
	// Your work starts here: put event into a queue, and ignore events that you do not know.
	answer(w, http.StatusOK, map[string]string{"status": "accepted"})
}

func main() {
	if len(secretKey) == 0 {
		log.Fatal("SECRET_KEY is not set")
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	http.HandleFunc("/webhook", webhook)
	// Without timeouts, the server would wait forever for a sender that stalls.
	server := &http.Server{Addr: "127.0.0.1:" + port, ReadTimeout: 30 * time.Second}
	log.Fatal(server.ListenAndServe())
}
