// Warns when an edge's bucket was nearly empty: the canary is about to get less than its weight, or does already.
//
//	openclaw-bucket -url http://prometheus:9090 -below 0.1 -window 5m
//	10.0.0.7:9901: 3 % of its tokens were left at the least within 5m
//
// Exit codes, for scripts:
//
//	0  no bucket was below -below at any scrape of the window
//	1  one was
//	2  nothing can be said: no edge has a bucket, no number, wrong flags, or Prometheus did not answer
//
// Build it with: go mod tidy && go build -o openclaw-bucket
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	neturl "net/url"
	"os"
	"sort"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

const (
	fine    = 0
	low     = 1
	unknown = 2
)

func main() {
	url := flag.String("url", "http://127.0.0.1:9090", "of Prometheus")
	below := flag.Float64("below", 0.1, "warn when less than this share of the tokens was left, 0 to 1")
	window := flag.Duration("window", 5*time.Minute, "how far back to look, in whole seconds")
	namespace := flag.String("namespace", "", "only edges of this namespace")
	job := flag.String("job", "", "only edges of this job")
	timeout := flag.Duration("timeout", 10*time.Second, "for the answer")
	flag.Parse() // ends with 2 when it is called wrongly
	if flag.NArg() > 0 || *window < time.Second || *timeout <= 0 {
		flag.Usage()
		os.Exit(unknown)
	}

	levels, err := lowest(*url, expression(*window, *namespace, *job), *timeout)
	if err != nil {
		fmt.Fprintf(os.Stderr, "openclaw-bucket: %s: %v\n", withoutPassword(*url), err)
		os.Exit(unknown)
	}
	os.Exit(report(levels, *below, *window))
}

// withoutPassword is what may be printed: what a job prints is kept.
func withoutPassword(address string) string {
	parsed, err := neturl.Parse(address)
	if err != nil {
		return "-url"
	}
	return parsed.Redacted()
}

// expression asks for the lowest level of each edge: the gauge is one edge's own, and a mean over time or edges would hide an empty one.
func expression(window time.Duration, namespace, job string) string {
	matchers := ""
	if namespace != "" {
		matchers += fmt.Sprintf("namespace=%q,", namespace)
	}
	if job != "" {
		matchers += fmt.Sprintf("job=%q,", job)
	}
	return fmt.Sprintf("min by (namespace, job, instance) (min_over_time(openclaw_bucket_utilization{%s}[%ds]))", matchers, int(window.Seconds()))
}

// lowest runs one instant query. An answer that is empty, or has a value that is no number, is an error.
func lowest(url, query string, timeout time.Duration) (model.Vector, error) {
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	value, warnings, err := v1.NewAPI(client).Query(ctx, query, time.Now())
	if err != nil {
		return nil, err
	}
	for _, warning := range warnings {
		fmt.Fprintf(os.Stderr, "warning: %s\n", warning)
	}
	levels, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("a %s came, and no vector", value.Type())
	}
	if len(levels) == 0 {
		return nil, fmt.Errorf("no edge has a bucket (openclaw_bucket_utilization is absent)")
	}
	for _, level := range levels {
		if math.IsNaN(float64(level.Value)) {
			return nil, fmt.Errorf("the level of %s is no number", level.Metric["instance"])
		}
	}
	return levels, nil
}

// report prints one line for each bucket that was too low, the emptiest first.
func report(levels model.Vector, below float64, window time.Duration) int {
	sort.SliceStable(levels, func(i, j int) bool { return levels[i].Value < levels[j].Value })
	code := fine
	for _, level := range levels {
		if float64(level.Value) < below {
			fmt.Printf("%s: %.0f %% of its tokens were left at the least within %s\n", level.Metric["instance"], 100*float64(level.Value), window)
			code = low
		}
	}
	if code == fine {
		fmt.Printf("fine: %.0f %% of the tokens were left at the least within %s, of %d edges\n", 100*float64(levels[0].Value), window, len(levels))
	}
	return code
}
