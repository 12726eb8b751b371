#define BOOST_TEST_MODULE dmfilemapd
#include <boost/test/unit_test.hpp>
