package rueidistx_test

import (
	"crypto/tls"
	"log"
	"os"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

func ExampleOpenURL() {
	// One server. A URL may also have TLS (rediss://), a database number, and timeouts.
	db, err := rueidistx.OpenURL("redis://user:password@localhost:6379/0?dial_timeout=2s")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

func ExampleOpen_tls() {
	// TLS and a password
	db, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress: []string{"redis.example.com:6379"}, Username: "app", Password: os.Getenv("REDIS_PASSWORD"),
		TLSConfig: &tls.Config{ServerName: "redis.example.com", MinVersion: tls.VersionTLS12}})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

func ExampleOpen_cluster() {
	// A cluster: some of its nodes
	db, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress:    []string{"10.0.0.1:6379", "10.0.0.2:6379"},
		SendToReplicas: func(c rueidis.Completed) bool { return c.IsReadOnly() }}) // if you like
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

func ExampleOpen_sentinel() {
	// Sentinels, which know the primary
	db, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress: []string{"10.0.0.1:26379", "10.0.0.2:26379"},
		Sentinel:    rueidis.SentinelOption{MasterSet: "main"}})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}
