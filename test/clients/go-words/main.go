// A Go program that makes one HTTPS request and prints what net/http says of it.
// Usage: go-words URL CA-FILE
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	pool := x509.NewCertPool()
	if pem, err := os.ReadFile(os.Args[2]); err == nil {
		pool.AppendCertsFromPEM(pem)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	transport.TLSHandshakeTimeout = 2 * time.Second
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	request, err := http.NewRequest("PUT", os.Args[1], strings.NewReader("{}"))
	if err != nil {
		panic(err)
	}
	response, err := client.Do(request)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%s %d %d bytes\n", response.Proto, response.StatusCode, len(body))
}
