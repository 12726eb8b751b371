#define BOOST_TEST_MODULE dmfilemapctl
#include <boost/test/unit_test.hpp>
