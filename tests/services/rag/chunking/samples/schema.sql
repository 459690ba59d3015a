-- The tables of the shop.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Who buys.
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text UNIQUE
);

CREATE TABLE IF NOT EXISTS shop.orders (
    id bigint PRIMARY KEY,
    customer_id bigint REFERENCES customers (id),
    total numeric(10, 2) NOT NULL DEFAULT 0
);

CREATE TYPE mood AS ENUM ('glad', 'sad');

CREATE INDEX orders_by_customer ON shop.orders (customer_id);

/* What was bought today. */
CREATE OR REPLACE VIEW todays_orders AS
SELECT o.id, c.name
FROM shop.orders AS o
JOIN customers AS c ON c.id = o.customer_id
WHERE o.total > 0;

-- Adds up the orders of a customer.
CREATE OR REPLACE FUNCTION total_of(customer bigint) RETURNS numeric AS $$
BEGIN
    RETURN (SELECT sum(total) FROM shop.orders WHERE customer_id = customer);
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER orders_changed
AFTER UPDATE ON shop.orders
FOR EACH ROW EXECUTE FUNCTION note_change();

INSERT INTO customers (name, email) VALUES
    ('Ann', 'ann@example.org'),
    ('Bob', 'bob@example.org');
