#define BOOST_TEST_MODULE tests
#include <boost/test/unit_test.hpp>
