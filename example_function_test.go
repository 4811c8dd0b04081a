package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

var (
	stock = rueidistx.NewLibrary("stock", `
redis.register_function('reserve', function(keys, args)
	if tonumber(redis.call('GET', keys[1]) or 0) < tonumber(args[1]) then
		return redis.error_reply('SOLDOUT')
	end
	return redis.call('DECRBY', keys[1], args[1])
end)
redis.register_function{function_name = 'left', flags = {'no-writes'}, callback = function(keys)
	return tonumber(redis.call('GET', keys[1]) or 0)
end}`)
	reserve = rueidistx.NewFunction(stock, "reserve", rueidistx.AsInt64)
	left    = rueidistx.NewReadFunction(stock, "left", rueidistx.AsInt64)
)

// sell reserves some pieces and writes who has ordered them: both, or neither if there are not enough.
func sell(ctx context.Context, db *rueidistx.DB, sku, customer string, pieces int) (remaining int64, err error) {
	item := rueidistx.Tag("sku", sku)
	return rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int64, error) {
		n, err := left.Queue(r, []string{item.Key("stock")}).Value()
		if err != nil {
			return 0, err
		}
		if n < int64(pieces) {
			return n, errors.New("sold out")
		}
		reserve.Queue(tx, []string{item.Key("stock")}, rueidistx.Arg(pieces)) // the Tx sends the library, too
		tx.RPush(item.Key("orders"), customer)
		return n - int64(pieces), nil
	})
}

func ExampleFunction() {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()

	remaining, err := reserve.Run(ctx, db, []string{"{sku:a}:stock"}, "2") // loads the library, if the server does not have it
	switch {
	case rueidistx.Code(err) == "SOLDOUT": // what the function says is data
		fmt.Println("sold out")
	case err != nil:
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
	}
	fmt.Println(remaining)
	fmt.Println(sell(ctx, db, "a", "Ada", 3))
}
